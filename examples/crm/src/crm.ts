// The whole CRM over one book: authorization server and API at one address, with levers for tests and demos.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { oauthError, send } from './answer.ts'
import { authorize, decide, signIn } from './authorize.ts'
import { createBrowsers } from './browsers.ts'
import { type Client, createClients } from './clients.ts'
import { createContacts } from './contacts.ts'
import { createFaults, type Faults } from './faults.ts'
import { createGrants } from './grants.ts'
import { createJournal, type TokenCounts, type TokenRequest } from './journal.ts'
import { type Listening, listen } from './listening.ts'
import { metadata } from './metadata.ts'
import { Refusal } from './refusal.ts'
import { resourceApi } from './resource-api.ts'
import { revoke } from './revoke.ts'
import { seededUsers, type User } from './seed.ts'
import { token } from './token.ts'

export type { Client } from './clients.ts'
export type { TokenCounts, TokenRequest } from './journal.ts'
export type { User } from './seed.ts'

export interface SeenRequest {
  method: string
  /** With its query. */
  path: string
  headers: IncomingHttpHeaders
}

export interface CrmSettings {
  clients: readonly Client[]
  /** Who may sign in; the seeded Dana and Eve when left out, who alone have contacts. */
  users?: readonly User[]
  /** The base URL others know it by; where it listens when left out. */
  issuer?: string
  /** How long a used refresh token may be sent again and gets the same pair. 0: never, its reuse ends the grant. */
  graceMs?: number
  accessSeconds?: number
  /** False: no revocation endpoint, as with many providers. */
  revocation?: boolean
  slowTokenMs?: number
  /** Milliseconds since the epoch. */
  now?: () => number
  /** Sees every request, refused ones too, before it is judged. */
  onRequest?: (seen: SeenRequest) => void
  /** Sees every token request when it was judged, before it is answered. */
  onToken?: (entry: TokenRequest) => void
}

export interface Crm extends Pick<Faults, 'slowToken' | 'breakToken' | 'mendToken'> {
  /** Port 0 picks a free one. After `close` it may be started again, with all it knows: an outage. */
  start(port: number): Promise<{ url: string }>
  close(): Promise<void>
  register(client: Client): void
  /** Oldest first; the last 10,000. */
  readonly journal: readonly TokenRequest[]
  readonly counts: Readonly<TokenCounts>
  /** The user ends what was granted, to one client or all, on our own pages. Returns how many grants ended. */
  endGrants(which: { user: string; client?: string }): number
}

export function createCrm(settings: CrmSettings): Crm {
  const { graceMs = 0, accessSeconds = 300, revocation = true, now = Date.now, onRequest } = settings
  const users = settings.users ?? seededUsers()
  const clients = createClients(settings.clients)
  const grants = createGrants({ graceMs, accessSeconds, now })
  const contacts = createContacts(now)
  const browsers = createBrowsers(now)
  const journal = createJournal(settings.onToken)
  const faults = createFaults(settings.slowTokenMs ?? 0)
  let listening: Listening | undefined
  let issuer = ''

  type Door = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => void | Promise<void>
  const desk = () => ({ issuer, clients, users, grants, browsers })
  const doors: Readonly<Record<string, readonly [method: string, door: Door]>> = {
    '/.well-known/oauth-authorization-server': [
      'GET',
      (_, response) => send(response, { status: 200, body: metadata(issuer, { revocation }) }),
    ],
    '/authorize': ['GET', (request, response, query) => authorize({ desk: desk(), request, response, query })],
    '/authorize/sign-in': ['POST', (request, response) => signIn({ desk: desk(), request, response })],
    '/authorize/decision': ['POST', (request, response) => decide({ desk: desk(), request, response })],
    '/token': ['POST', (request, response) => token({ clients, grants, journal, faults, now }, request, response)],
    '/revoke': ['POST', (request, response) => revoke({ clients, grants }, request, response)],
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    onRequest?.({ method: request.method ?? 'GET', path: request.url ?? '/', headers: request.headers })
    try {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://crm')
      if (pathname === '/revoke' && !revocation) throw new Refusal(404, 'not_found', 'nothing there')
      const found = Object.hasOwn(doors, pathname) ? doors[pathname] : undefined
      if (!found) return await resourceApi({ users, grants, contacts }, request, response)
      const [method, door] = found
      if (request.method !== method) {
        throw new Refusal(405, 'invalid_request', `only ${method} is possible here`, { allow: method })
      }
      await door(request, response, searchParams)
    } catch (error) {
      if (response.headersSent) return void response.destroy()
      const refusal = error instanceof Refusal ? error : new Refusal(500, 'server_error', 'something went wrong here')
      send(response, oauthError(refusal))
    }
  }

  return {
    async start(port) {
      if (listening) throw new Error('the CRM is already listening')
      listening = await listen(createServer(serve), port)
      issuer = settings.issuer ?? listening.url
      return { url: listening.url }
    },
    async close() {
      await listening?.close()
      listening = undefined
    },
    register: clients.register,
    journal: journal.entries,
    counts: journal.counts,
    slowToken: faults.slowToken,
    breakToken: faults.breakToken,
    mendToken: faults.mendToken,
    endGrants: grants.end,
  }
}
