// What agents can reach: resources, and connections with their declared tools. The door for other rooms.
export { grantNameRule } from './grant-names.ts'
export {
  type CheckUpstream,
  type Connection,
  type Connections,
  type CredentialKeeping,
  effectOf,
  LISTING,
  type OauthClient,
  type Resource,
} from './model.ts'
export { type FoundOperation, operationFor } from './operation-index.ts'
export { type Path, parseIdPath, parsePath, type Step, selectAll } from './paths.ts'
export { connectionsRoom } from './room.ts'
export { originOf } from './upstream.ts'
