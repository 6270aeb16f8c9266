// Method, path, operation.
import type { RouteTable } from '../pipeline/index.ts'
import { createUser, type PasswordKeeping } from './operations/create-user.ts'
import { addGroupMember, createGroup, readGroups, removeGroupMember } from './operations/groups.ts'
import { readUser, readUsers } from './operations/read-users.ts'
import { grantRole, readRoles, withdrawRole } from './operations/roles.ts'
import { deactivateUser, type Leaving, reactivateUser } from './operations/set-user-status.ts'

export const directoryRoutes = (passwords: PasswordKeeping, leaving: Leaving): RouteTable => ({
  tag: 'directory',
  base: '/api/v1',
  audience: '/api',
  routes: [
    { method: 'POST', path: '/users', operation: createUser(passwords), status: 201 },
    { method: 'GET', path: '/users', operation: readUsers },
    { method: 'GET', path: '/users/{id}', operation: readUser },
    { method: 'POST', path: '/users/{id}/deactivate', operation: deactivateUser(leaving) },
    { method: 'POST', path: '/users/{id}/reactivate', operation: reactivateUser },
    { method: 'POST', path: '/groups', operation: createGroup, status: 201 },
    { method: 'GET', path: '/groups', operation: readGroups },
    { method: 'PUT', path: '/groups/{id}/members/{user}', operation: addGroupMember },
    { method: 'DELETE', path: '/groups/{id}/members/{user}', operation: removeGroupMember },
    { method: 'GET', path: '/roles', operation: readRoles },
    { method: 'PUT', path: '/roles/{role}/members/{user}', operation: grantRole },
    { method: 'DELETE', path: '/roles/{role}/members/{user}', operation: withdrawRole },
  ],
})
