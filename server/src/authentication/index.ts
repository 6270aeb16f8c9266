// Who is here: sign-in and sessions. The door for other rooms.
export type { Session, Sessions } from './model.ts'
export { passwordKeeping } from './passwords.ts'
export { ReturnTo } from './return-to.ts'
export { authenticationRoom } from './room.ts'
export type { SessionKeeping } from './sessions.ts'
