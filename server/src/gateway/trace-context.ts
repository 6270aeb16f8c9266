// The one thing of a caller's headers that goes on as it is: where its trace stands (W3C Trace Context §3.2).
import type { FastifyRequest } from 'fastify'

export function traceparentOf({ headers }: FastifyRequest): string | undefined {
  const { traceparent } = headers
  return typeof traceparent === 'string' && /^00-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(traceparent)
    ? traceparent
    : undefined
}
