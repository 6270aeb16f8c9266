// The road and what is put on it.
export { type Admission, type AdmissionTerms, admission } from './admission.ts'
export type { AskedAction, Release } from './asked-action.ts'
export type { Call, Context, Credentials, Facts } from './call.ts'
export { idempotencyData, trimKeys } from './idempotency.ts'
export { type DocumentedApi, openapi } from './openapi.ts'
export { type AuditClass, type Operation, operation } from './operation.ts'
export type { Outcome } from './outcome.ts'
export { refuseForeignSite } from './own-site.ts'
export { readingPlainly } from './parse.ts'
export { nobody, type Perform, road } from './perform.ts'
export type { Asking, Ended, Ports, Recorded, Recorder } from './ports.ts'
export { PUBLIC_OPERATIONS } from './public-operations.ts'
export * from './room.ts'
export type { Route } from './route.ts'
export {
  below,
  callOf,
  mount,
  type Replier,
  type RouteTable,
  SESSION_COOKIE,
  sessionCookieOf,
} from './routes.ts'
export type { Asked, Said, Speech, WholeTable } from './whole.ts'
