// Who exists: people, groups, roles. The door for other rooms.
export type { People, Person } from './model.ts'
export type { PasswordKeeping } from './operations/create-user.ts'
export { directoryRoom } from './room.ts'
export { anyUser, findUserByEmail, insertUser, setRoleMember } from './store.ts'
