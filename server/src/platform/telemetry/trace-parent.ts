// W3C Trace Context: the one header that ties a trace together across servers.
import { isSpanContextValid, type SpanContext } from '@opentelemetry/api'

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/**
 * The span that `traceparent` names, or undefined if it is not valid (Trace Context §3.2.2). `tracestate` is neither
 * read nor passed on: it is free text that callers would have us carry to other parties.
 */
export function readTraceparent(header: string | readonly string[] | undefined): SpanContext | undefined {
  if (typeof header !== 'string' || header.length > 512) return undefined
  const match = TRACEPARENT.exec(header)
  if (!match) return undefined
  const [, version, traceId = '', spanId = '', flags = '', more] = match
  // ff is forbidden; version 00 has exactly four parts, later ones may have more.
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true }
  return isSpanContextValid(context) ? context : undefined
}

export const writeTraceparent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
