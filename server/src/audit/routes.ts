// Method, path, operation.
import type { FastifyReply } from 'fastify'
import type { Replier, RouteTable } from '../pipeline/index.ts'
import { exportLog, type LogPage } from './operations/export-log.ts'
import { readEvents } from './operations/list-events.ts'
import { readCheckpoint, readCheckpoints, readVerifierKey } from './operations/read-checkpoints.ts'

/** `verifierKey`: the public half of the log's key, `name+hash+key`. */
export const auditRoutes = (verifierKey: string): readonly RouteTable[] => [
  {
    tag: 'audit',
    base: '/api/v1',
    audience: '/api',
    routes: [
      { method: 'GET', path: '/audit/events', operation: readEvents },
      { method: 'GET', path: '/audit/checkpoints', operation: readCheckpoints },
    ],
  },
  {
    tag: 'audit',
    base: '/api/v1',
    audience: '/api',
    routes: [{ method: 'GET', path: '/audit/export', operation: exportLog }],
    reply: lines,
  },
  {
    tag: 'audit',
    base: '',
    audience: '/audit',
    routes: [
      { method: 'GET', path: '/audit/log/checkpoint', operation: readCheckpoint },
      { method: 'GET', path: '/audit/log/key', operation: readVerifierKey(verifierKey) },
    ],
    reply: text,
  },
]

const asProblem = () => undefined

const lines: Replier = {
  refused: asProblem,
  done(reply: FastifyReply, output) {
    const { lines: entries, next } = output as LogPage
    reply.header('content-type', 'application/jsonl; charset=utf-8').header('x-next-leaf', String(next))
    return reply.send(entries.map((entry) => `${entry}\n`).join(''))
  },
}

const text: Replier = {
  refused: asProblem,
  done: (reply: FastifyReply, output) => reply.header('content-type', 'text/plain; charset=utf-8').send(output),
}
