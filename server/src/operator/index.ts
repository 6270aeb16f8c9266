// What only the person at the machine may ask. The door for other rooms.
export { operatorRoom } from './room.ts'
