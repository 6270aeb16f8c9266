// Routes off the road: alive, ready, metrics, the API's description. They say nothing about anyone.

import { html, type Page } from '@mandate/console'
import { PROBLEMS, type ProblemCode } from '@mandate/contract'
import type { FastifyInstance } from 'fastify'
import { Problem } from './kernel/problem.ts'
import { sendPage } from './platform/pages/index.ts'
import type { Metrics } from './platform/telemetry/index.ts'

export interface Operational {
  /** Database reachable and caches caught up. */
  ready(): boolean
  metrics: Metrics
  document: object
}

const nameOf = (code: string): string => code.replaceAll('_', '-')

const problemPage = (code: ProblemCode): Page => {
  const { title, status, sentence } = PROBLEMS[code]
  return {
    title,
    body: html`<div class="card"><h1>${title}</h1><p>${sentence}</p>
<dl><dt>Code</dt><dd><code>${code}</code></dd><dt>Status</dt><dd>${status}</dd></dl></div>`,
  }
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
  // Where the `type` of a problem document leads (RFC 9457 §3.1.1).
  app.get('/docs/problems/:name', async (request, reply) => {
    const { name } = request.params as { name: string }
    const code = (Object.keys(PROBLEMS) as ProblemCode[]).find((known) => nameOf(known) === name)
    if (code === undefined) throw new Problem('not_found')
    return sendPage(reply, problemPage(code))
  })
}
