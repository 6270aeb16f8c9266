// End everything a subject holds, everywhere. The door for compose.
export { leaving } from './ending.ts'
export type { LogoutGround } from './ground.ts'
export { logoutRoutes } from './routes.ts'
