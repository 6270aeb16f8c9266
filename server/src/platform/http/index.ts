// The HTTP server that every door is mounted on.
export { rangeOf, remoteOf, type TrustedProxies } from './client-address.ts'
export { closeGently } from './closing.ts'
export { frontOf, type Report } from './front.ts'
export { gather, readJson } from './json-bodies.ts'
export { networkOf } from './network.ts'
export {
  asProblem,
  BODY_LIMIT,
  createHttp,
  type HttpOptions,
  type MountedRoute,
  newCorrelation,
  OFF_THE_ROAD,
  routesOf,
} from './server.ts'
