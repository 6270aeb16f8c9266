// Method, path, operation.
import type { RouteTable } from '../pipeline/index.ts'
import type { LogoutGround } from './ground.ts'
import { logOut } from './operations/log-out.ts'

export const logoutRoutes = (ground: LogoutGround): RouteTable => ({
  tag: 'universal-logout',
  base: '/api/v1',
  audience: '/api',
  routes: [{ method: 'POST', path: '/universal-logout', operation: logOut(ground) }],
})
