// The CRM's own API: the contacts of the person whose token it is, and nobody else's.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Answer, apiError, send } from './answer.ts'
import type { Contacts } from './contacts.ts'
import type { Grants } from './grants.ts'
import { jsonOf } from './parameters.ts'
import { Refusal } from './refusal.ts'
import type { User } from './seed.ts'

export interface ApiDesk {
  users: readonly User[]
  grants: Grants
  contacts: Contacts
}

interface Call {
  contacts: Contacts
  user: User
  id: string
  request: IncomingMessage
}

interface Route {
  method: 'GET' | 'POST'
  path: RegExp
  /** Null: any token of the person will do. */
  scope: string | null
  run(call: Call): Answer | Promise<Answer>
}

const ok = (body: unknown): Answer => ({ status: 200, body })

const routes: readonly Route[] = [
  { method: 'GET', path: /^\/me$/, scope: null, run: ({ user }) => ok({ email: user.email, name: user.name }) },
  {
    method: 'GET',
    path: /^\/contacts$/,
    scope: 'contacts.read',
    run: ({ contacts, user }) => ok({ contacts: contacts.of(user.email) }),
  },
  {
    method: 'GET',
    path: /^\/contacts\/([^/]+)$/,
    scope: 'contacts.read',
    run: ({ contacts, user, id }) => ok(contacts.contact(user.email, id)),
  },
  { method: 'POST', path: /^\/contacts\/([^/]+)\/notes$/, scope: 'notes.write', run: addNote },
]

export async function resourceApi(desk: ApiDesk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('x-upstream', 'crm')
  try {
    const { user, scopes } = bearer(desk, request)
    const { route, id } = findRoute(request)
    if (route.scope !== null && !scopes.includes(route.scope)) throw insufficient(route.scope)
    send(response, await route.run({ contacts: desk.contacts, user, id, request }))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    send(response, apiError(error))
  }
}

async function addNote({ contacts, user, id, request }: Call): Promise<Answer> {
  const body = await jsonOf(request)
  if (typeof body !== 'object' || body === null || !('text' in body) || typeof body.text !== 'string') {
    throw new Refusal(400, 'invalid_note', 'text is required')
  }
  return { status: 201, body: contacts.addNote(user.email, { contact: id, text: body.text }) }
}

function bearer({ users, grants }: ApiDesk, { headers }: IncomingMessage): { user: User; scopes: string[] } {
  // RFC 6750 §3.1: to who brings no token, no error is named.
  if (headers.authorization === undefined) throw challenge(401, 'unauthorized', 'a bearer token is required')
  const presented = /^bearer +([\w.~+/-]+=*)$/i.exec(headers.authorization)?.[1]
  const access = presented === undefined ? undefined : grants.access(presented)
  const user = users.find(({ email }) => email === access?.family.user)
  if (!access || !user) {
    throw challenge(401, 'invalid_token', 'the token is unknown, expired or revoked', 'error="invalid_token"')
  }
  return { user, scopes: access.scopes }
}

const insufficient = (scope: string): Refusal =>
  challenge(403, 'insufficient_scope', `${scope} is required`, `error="insufficient_scope", scope="${scope}"`)

function challenge(status: number, code: string, message: string, parameters?: string): Refusal {
  return new Refusal(status, code, message, { 'www-authenticate': parameters ? `Bearer ${parameters}` : 'Bearer' })
}

function findRoute(request: IncomingMessage): { route: Route; id: string } {
  const { pathname } = new URL(request.url ?? '/', 'http://crm')
  const known = routes.flatMap((route) => {
    const found = route.path.exec(pathname)
    return found ? [{ route, segment: found[1] ?? '' }] : []
  })
  if (known.length === 0) throw new Refusal(404, 'no_such_route', 'nothing there')
  const meant = known.find(({ route }) => route.method === request.method)
  if (meant) return { route: meant.route, id: decoded(meant.segment) }
  const allow = known.map(({ route }) => route.method).join(', ')
  throw new Refusal(405, 'method_not_allowed', 'not possible here', { allow })
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new Refusal(400, 'invalid_path', 'the path is not valid percent-encoding')
  }
}
