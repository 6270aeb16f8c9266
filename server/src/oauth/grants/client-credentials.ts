// RFC 6749 §4.4: an agent on its own business, or a service.
import { MANAGEMENT_SCOPES } from '../../access/index.ts'
import { type AgentId, isId } from '../../kernel/ids.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { Audience, FindAudience } from '../audiences.ts'
import type { Clients } from '../clients.ts'
import { invalidScope, invalidTarget } from '../errors.ts'
import { type Issued, type Issuer, issueAccessToken } from '../issue.ts'
import { grantOrAsk, type ScopeApproval, type Waiting } from '../scope-approval.ts'
import { endOfTerms, placeLinks } from '../scopes.ts'

export interface OwnBusiness extends Issuer, ScopeApproval {
  clients: Clients
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

export async function issueOwn(
  given: OwnBusiness,
  { client, attempt }: { client: string; attempt: string },
  request: OwnRequest,
): Promise<Issued | Waiting> {
  const position = given.position()
  if (request.resource !== undefined && request.audience !== undefined && request.resource !== request.audience)
    throw invalidTarget('resource and audience name different targets')
  const identifier = request.resource ?? request.audience
  if (identifier === undefined) throw invalidTarget('resource is required')
  const audience = given.audiences(identifier)
  // The same words as where an agent has no terms: what is not there and what is not its own read alike.
  if (!audience) throw invalidTarget(`there is no such resource for this ${isId('agent', client) ? 'agent' : 'client'}`)
  const asked = request.scope?.split(' ')
  const links = placeLinks(isId('agent', client) ? [client] : [], audience)
  const granted = isId('agent', client)
    ? await grantOrAsk(given, {
        ...{ principal: ownPrincipal(client, { links, position, now: given.now() }), attempt },
        ...{ chain: [client], audience, scopes: asked },
      })
    : { scopes: serviceScopes(given.clients, client, audience, asked), waits: undefined }
  if (granted.waits) return granted
  const { scopes } = granted
  return issueAccessToken(given, {
    sub: client,
    audience: identifier,
    client,
    scopes,
    seconds: audience.seconds,
    notAfter: isId('agent', client) ? endOfTerms(given.managed, [client], audience) : undefined,
    position,
    links,
  })
}

function ownPrincipal(agent: AgentId, { links, position, now }: Standing): Principal {
  return {
    ...{ sub: agent, kind: 'agent', act: [{ sub: agent }], client: agent, scopes: new Set(), authorizationDetails: [] },
    ...{ audience: '', expiresAt: Math.floor(now / 1000), links: [agent, ...links], position },
  }
}

interface Standing {
  links: readonly string[]
  position: number
  now: number
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
