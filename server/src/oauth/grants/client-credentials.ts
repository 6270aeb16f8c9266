// RFC 6749 §4.4: an agent on its own business, or a service.
import type { ManagedConnections } from '../../access/index.ts'
import { MANAGEMENT_SCOPES } from '../../access/index.ts'
import { isId } from '../../kernel/ids.ts'
import type { Audience, FindAudience } from '../audiences.ts'
import type { Clients } from '../clients.ts'
import { invalidScope, invalidTarget } from '../errors.ts'
import { type Issued, type Issuer, issueAccessToken } from '../issue.ts'
import { endOfTerms, grantScopes, placeLinks } from '../scopes.ts'

export interface OwnBusiness extends Issuer {
  clients: Clients
  managed: ManagedConnections
  audiences: FindAudience
  position(): number
}

export interface OwnRequest {
  resource?: string
  audience?: string
  scope?: string
}

/** Access of a service that may ask every audience of the house with every scope (the bootstrap client). */
export const EVERYWHERE = '*'

export function issueOwn(given: OwnBusiness, client: string, request: OwnRequest): Issued {
  const position = given.position()
  if (request.resource !== undefined && request.audience !== undefined && request.resource !== request.audience)
    throw invalidTarget('resource and audience name different targets')
  const identifier = request.resource ?? request.audience
  if (identifier === undefined) throw invalidTarget('resource is required')
  const audience = given.audiences(identifier)
  // The same words as where an agent has no terms: what is not there and what is not its own read alike.
  if (!audience) throw invalidTarget(`there is no such resource for this ${isId('agent', client) ? 'agent' : 'client'}`)
  const asked = request.scope?.split(' ')
  const scopes = isId('agent', client)
    ? grantScopes(given.managed, given.now(), { chain: [client], audience, scopes: asked })
    : serviceScopes(given.clients, client, audience, asked)
  return issueAccessToken(given, {
    sub: client,
    audience: identifier,
    client,
    scopes,
    seconds: audience.seconds,
    notAfter: isId('agent', client) ? endOfTerms(given.managed, [client], audience) : undefined,
    position,
    links: placeLinks(isId('agent', client) ? [client] : [], audience),
  })
}

function serviceScopes(clients: Clients, client: string, audience: Audience, asked: string[] | undefined): string[] {
  const access = clients.client(client)?.access ?? {}
  const everywhere = access[EVERYWHERE]
  const granted =
    access[audience.identifier] ?? (everywhere && audience.kind === 'house' ? MANAGEMENT_SCOPES : everywhere)
  if (!granted) throw invalidTarget('there is no such resource for this client')
  const beyond = asked?.find((scope) => !granted.includes(scope))
  if (beyond !== undefined) throw invalidScope(`${beyond} is not granted to this client`)
  return asked ?? (everywhere ? [...everywhere] : [...granted])
}
