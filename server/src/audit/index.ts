// What was tried, by whom for whom, and how it ended. The door for other rooms.
export { logStanding } from './epoch.ts'
export { auditRoom } from './room.ts'
