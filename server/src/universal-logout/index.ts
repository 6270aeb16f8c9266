// End everything a subject holds, everywhere. The door for other rooms.
export { logoutRoom } from './room.ts'
