// The console's pages, and the events that keep them up to date. The door for other rooms.
export { pagesRoom } from './room.ts'
