// End everything a subject holds, everywhere. The door for compose.
export type { LogoutGround } from './ground.ts'
export { logoutRoutes } from './routes.ts'
