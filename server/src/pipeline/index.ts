// The road and what is put on it.
export { type AdmissionTerms, admitting } from './admission.ts'
export type { AskedAction, Release } from './asking.ts'
export type { Call, Context, Credentials, Facts } from './call.ts'
export { trimKeys } from './idempotency.ts'
/** Not in an export. */
export const pipelineTransient = [{ table: 'idempotency_keys' }]
export { type DocumentedApi, openapi } from './openapi.ts'
export { type AuditClass, type Operation, operation } from './operation.ts'
export { refuseForeignSite } from './own-site.ts'
export { readingPlainly } from './parse.ts'
export { nobody, type Perform, road } from './perform.ts'
export type { Asking, Ended, Outcome, Ports, Recorded, Recorder } from './ports.ts'
export { PUBLIC_OPERATIONS } from './public-operations.ts'
export {
  below,
  callOf,
  mount,
  type Replier,
  type Route,
  type RouteTable,
  SESSION_COOKIE,
  sessionCookieOf,
} from './routes.ts'
export type { Asked, Said, Speech, WholeTable } from './whole.ts'
