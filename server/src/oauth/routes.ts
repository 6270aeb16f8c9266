// Method, path, operation: the management API of clients, and the pages of a sign-in.
import type { FastifyRequest } from 'fastify'
import type { RouteTable } from '../pipeline/index.ts'
import { pageReply } from '../platform/pages/index.ts'
import { answerInteraction, type InteractionGround, showInteraction } from './interaction.ts'
import { createClient, readClients, removeClient } from './operations/clients.ts'
import { readMyAgents, withdrawConsent } from './operations/my-agents.ts'

export const oauthRoutes = (given: InteractionGround): RouteTable[] => [
  {
    tag: 'oauth',
    base: '/api/v1',
    audience: '/api',
    routes: [
      { method: 'POST', path: '/clients', operation: createClient(given), status: 201 },
      { method: 'GET', path: '/clients', operation: readClients },
      { method: 'DELETE', path: '/clients/{id}', operation: removeClient },
      { method: 'GET', path: '/me/agents', operation: readMyAgents(given) },
      { method: 'DELETE', path: '/me/agents/{agent}', operation: withdrawConsent },
    ],
  },
  {
    tag: 'oauth',
    base: '',
    audience: 'session',
    reply: pageReply,
    read: (request: FastifyRequest) => ({
      ...(request.params as object),
      ...(request.body as object | null),
      raw: request.raw,
    }),
    routes: [
      { method: 'GET', path: '/interaction/{uid}', operation: showInteraction(given) },
      { method: 'POST', path: '/interaction/{uid}', operation: answerInteraction(given) },
    ],
  },
]
