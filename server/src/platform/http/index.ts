// The HTTP server that every door is mounted on.
export { asProblem, createHttp, type HttpOptions, OFF_THE_ROAD } from './server.ts'
