// The HTTP server that every door is mounted on.
export { asProblem, BODY_LIMIT, createHttp, type HttpOptions, OFF_THE_ROAD, sendProblem } from './server.ts'
