// The HTTP server that every door is mounted on.
export { closeGently } from './closing.ts'
export { frontOf, type Report } from './front.ts'
export { gather, readJson } from './json-bodies.ts'
export { asProblem, BODY_LIMIT, createHttp, type HttpOptions, newCorrelation, OFF_THE_ROAD } from './server.ts'
