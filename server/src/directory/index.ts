// Who exists: people, groups, roles. The door for other rooms.
export type { People, Person } from './model.ts'
export type { PasswordKeeping } from './operations/create-user.ts'
export { followPeople } from './people.ts'
export { directoryRoutes } from './routes.ts'
export { anyUser, findUserByEmail, insertUser, setRoleMember } from './store.ts'
export const directoryMigrations = { room: 'directory', folder: new URL('./migrations/', import.meta.url) }
