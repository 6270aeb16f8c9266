// What only the person at the machine may ask. The door for compose.
export { type OperatorDoor, operatorDoor } from './door.ts'
