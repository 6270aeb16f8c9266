// The revocation endpoint (RFC 7009): a client takes back what it was given.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { oauthError, send, UNKEPT } from './answer.ts'
import type { Clients } from './clients.ts'
import type { Grants } from './grants.ts'
import { formOf } from './parameters.ts'
import { Refusal } from './refusal.ts'

interface RevocationDesk {
  clients: Clients
  grants: Grants
}

export async function revoke(
  { clients, grants }: RevocationDesk,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const form = await formOf(request)
    const client = clients.authenticate(request, form)
    const token = form.get('token')
    if (token === undefined) throw new Refusal(400, 'invalid_request', 'token is missing')
    // §2.2: a token nobody knows is as good as revoked, and token_type_hint is only a hint.
    grants.revoke(token, client.id)
    response.writeHead(200, { ...UNKEPT, 'content-length': 0 }).end()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    send(response, oauthError(error))
  }
}
