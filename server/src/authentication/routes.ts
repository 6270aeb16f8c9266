// Method, path, operation.
import type { FastifyRequest } from 'fastify'
import type { RouteTable } from '../pipeline/index.ts'
import { pageReply } from '../platform/pages/index.ts'
import { browserOf } from './browser.ts'
import type { Ground } from './ground.ts'
import { readMe } from './operations/read-me.ts'
import { setUp, showSetup } from './operations/set-up.ts'
import { showSignIn } from './operations/show-sign-in.ts'
import { signIn } from './operations/sign-in.ts'
import { signOut } from './operations/sign-out.ts'
import { setupReply, signInReply } from './replies.ts'

export const authenticationRoutes = (given: Ground): readonly RouteTable[] => [
  {
    ...pages,
    reply: signInReply,
    read: readForm(given.issuer),
    routes: [
      { method: 'GET', path: '/sign-in', operation: showSignIn },
      { method: 'POST', path: '/sign-in', operation: signIn(given) },
    ],
  },
  {
    ...pages,
    reply: setupReply,
    read: readForm(given.issuer),
    routes: [
      { method: 'GET', path: '/setup', operation: showSetup },
      { method: 'POST', path: '/setup', operation: setUp(given) },
    ],
  },
  {
    ...pages,
    reply: pageReply,
    read: (request) => ({ browser: browserOf(request, given.issuer) }),
    routes: [{ method: 'POST', path: '/sign-out', operation: signOut(given) }],
  },
  {
    tag: 'authentication',
    base: '/api/v1',
    audience: '/api',
    routes: [{ method: 'GET', path: '/me', operation: readMe(given) }],
  },
]

const pages = { tag: 'authentication', base: '', audience: 'session' } as const

const readForm = (issuer: string) => (request: FastifyRequest) => ({
  ...(request.query as object),
  ...(request.body as object | null | undefined),
  browser: browserOf(request, issuer),
})
