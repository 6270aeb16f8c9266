// Routes off the road: alive, ready, metrics, the API's description. They say nothing about anyone.
import type { FastifyInstance } from 'fastify'
import type { Metrics } from './platform/telemetry/index.ts'

export interface Operational {
  /** Database reachable and caches caught up. */
  ready(): boolean
  metrics: Metrics
  document: object
}

export function operational(app: FastifyInstance, { ready, metrics, document }: Operational): void {
  app.get('/healthz', async () => ({ status: 'alive' }))
  app.get('/readyz', async (_, reply) => {
    const isReady = ready()
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready' })
  })
  app.get('/metrics', async (_, reply) => {
    const { contentType, body } = await metrics.expose()
    return reply.header('content-type', contentType).send(body)
  })
  app.get('/api/v1/openapi.json', async () => document)
}
