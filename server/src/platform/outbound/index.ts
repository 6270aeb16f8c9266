// Outbound: the only door to other people's servers.
export { createOutbound, type OutboundSettings } from './client.ts'
export { type FailedReason, OutboundFailed, OutboundRefused, type RefusedReason } from './errors.ts'
export type { Outbound, OutboundHeaders, OutboundRequest, OutboundResponse, OutboundStream } from './outbound.ts'
export type { Resolve } from './target.ts'
