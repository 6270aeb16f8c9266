// The applications that registered here, and how they prove who they are at the token and revocation endpoints.
import type { IncomingMessage } from 'node:http'
import { isSecret } from './credential.ts'
import { Refusal } from './refusal.ts'

export interface Client {
  id: string
  secret: string
  name: string
  /** Compared character by character (RFC 9700 §2.1). */
  redirect_uris: string[]
}

export interface Clients {
  find(id: string): Client | undefined
  register(client: Client): void
  authenticate(request: IncomingMessage, form: ReadonlyMap<string, string>): Client
}

export function createClients(registered: readonly Client[]): Clients {
  const byId = new Map(registered.map((client) => [client.id, client]))
  return {
    find: (id) => byId.get(id),
    register: (client) => void byId.set(client.id, client),
    authenticate(request, form) {
      const { id, secret } = presented(request, form)
      const client = byId.get(id)
      // An unknown client takes the same path as a wrong secret.
      const right = isSecret(secret, client?.secret ?? '')
      if (!client || !right) throw invalidClient('the client is not known by this secret')
      return client
    },
  }
}

function presented({ headers }: IncomingMessage, form: ReadonlyMap<string, string>): { id: string; secret: string } {
  const { authorization } = headers
  const [id, secret] = [form.get('client_id'), form.get('client_secret')]
  if (authorization === undefined) {
    if (id === undefined || secret === undefined) throw invalidClient('the client must authenticate')
    return { id, secret }
  }
  // RFC 6749 §2.3: not more than one method in each request.
  if (secret !== undefined) throw new Refusal(400, 'invalid_request', 'authenticate the client in one way only')
  const basic = fromBasic(authorization)
  if (id !== undefined && id !== basic.id) throw new Refusal(400, 'invalid_request', 'client_id names another client')
  return basic
}

function fromBasic(authorization: string): { id: string; secret: string } {
  const encoded = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization)?.[1]
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? []
  if (id === undefined || secret === undefined) throw invalidClient('the Authorization header is not Basic')
  return { id: formDecoded(id), secret: formDecoded(secret) }
}

// RFC 6749 §2.3.1: both halves are form-encoded before they are joined. Many clients forget.
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw invalidClient('the Authorization header is not form-encoded')
  }
}

function invalidClient(message: string): Refusal {
  // RFC 6749 §5.2: 401 with the scheme to use.
  return new Refusal(401, 'invalid_client', message, { 'www-authenticate': 'Basic realm="crm"' })
}
