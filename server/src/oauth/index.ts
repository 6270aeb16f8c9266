// The authorization server. The door for other rooms.
export { oauthRoom } from './room.ts'
