// Which agents exist, who answers for them, what state they are in. The door for other rooms.
export type { Agent, Agents, Standing } from './model.ts'
export { agentsRoom } from './room.ts'
