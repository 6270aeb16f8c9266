// The enforcement point: MCP servers and HTTP APIs behind our tokens. The door for other rooms.
export { createGateway, type Gateway } from './gateway.ts'
export type { GatewayGiven, StdioServer } from './model.ts'
