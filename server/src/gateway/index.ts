// The enforcement point: MCP servers and HTTP APIs behind our tokens. The door for other rooms.
export { gatewayRoom } from './room.ts'
