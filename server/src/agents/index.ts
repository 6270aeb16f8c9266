// Which agents exist, who answers for them, what state they are in. The door for other rooms.
export { followAgents } from './agents.ts'
export type { Agent, Agents, Standing } from './model.ts'
export { agentRoutes } from './routes.ts'
export const agentsMigrations = { room: 'agents', folder: new URL('./migrations/', import.meta.url) }
