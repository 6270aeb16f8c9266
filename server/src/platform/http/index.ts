// The HTTP server that every door is mounted on.
export { closeGently, countUnderWay, type UnderWay } from './closing.ts'
export { bodiesAreJson } from './json-bodies.ts'
export { type OwnForm, refuseInOwnForm } from './own-form.ts'
export { asProblem, createHttp, type HttpOptions, OFF_THE_ROAD } from './server.ts'
