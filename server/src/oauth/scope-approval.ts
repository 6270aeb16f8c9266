// Scopes in mode `approval`: the token is asked for as a pending request, and issued once when a person agreed.

import { askedTerms, type ManagedConnections } from '../access/index.ts'
import { type Requesting, refusalOf } from '../approvals/index.ts'
import type { AgentId } from '../kernel/ids.ts'
import type { Principal } from '../kernel/principal.ts'
import { below } from '../pipeline/index.ts'
import type { Audience } from './audiences.ts'
import { effectOf } from './backchannel.ts'
import { accessDenied, invalidTarget } from './errors.ts'
import { grantScopes, MustAsk, scopesOpen, targetOf } from './scopes.ts'

/** An approved token lives no longer (CONTRACT §2). */
export const APPROVED_SECONDS = 300

export interface ScopeApproval {
  issuer: string
  managed: ManagedConnections
  approvals: Requesting
  now(): number
}

/** What was asked for waits for a person. */
export interface Waiting {
  waits: true
  approval: string
  uri: string
  expiresAt: string
  scopes: readonly string[]
}

export interface Granted {
  waits?: never
  scopes: readonly string[]
  /** The approval that was used for it. */
  approval?: string
}

interface Wanted {
  principal: Principal
  chain: readonly AgentId[]
  audience: Audience
  scopes: readonly string[] | undefined
  attempt: string
}

/** The scopes granted; where a person must agree, their yes is used, or asked for. `check` runs before anybody is asked. */
export async function grantOrAsk(
  given: ScopeApproval,
  wanted: Wanted,
  check: (scopes: readonly string[]) => void = () => undefined,
): Promise<Granted | Waiting> {
  try {
    const scopes = grantScopes(given.managed, given.now(), wanted)
    check(scopes)
    return { scopes }
  } catch (error) {
    if (!(error instanceof MustAsk)) throw error
    check(error.scopes)
    return askFor(given, wanted, error.scopes)
  }
}

async function askFor(given: ScopeApproval, wanted: Wanted, scopes: readonly string[]): Promise<Granted | Waiting> {
  const { principal, audience, attempt } = wanted
  const target = targetOf(audience)
  if (!target || audience.kind !== 'resource') throw invalidTarget('there is no such resource for this agent')
  const sorted = [...scopes].sort()
  const row = await given.approvals
    .open({
      ...{ kind: 'token', principal, connection: null, context: {}, message: null, attempt },
      exact: { kind: 'token', audience: audience.identifier, scopes: sorted, client: principal.client },
      action: `a token for ${sorted.join(' ')}`,
      target: {
        name: audience.resource.name,
        host: URL.canParse(audience.identifier) ? new URL(audience.identifier).host : null,
      },
      effect: effectOf(audience, sorted),
      shown: {
        scopes: sorted.map((name) => audience.resource.scopes.find((scope) => scope.name === name) ?? { name }),
      },
      terms: askedTerms(given.managed, principal, { target, scopes: sorted, now: given.now() }),
    })
    .catch((error: unknown) => {
      const refused = refusalOf(error)
      throw refused ? accessDenied(refused.detail) : error
    })
  const state = await given.approvals.stateOf(row)
  if (state.state === 'approved') {
    // What was agreed to may have been closed since.
    scopesOpen(given.managed, given.now(), { ...wanted, scopes: sorted })
    if (await state.usable.use(attempt)) return { scopes: sorted, approval: row.id }
  }
  const uri = below(given.issuer, `/approvals/${row.id}`)
  return { waits: true, approval: row.id, uri, expiresAt: row.expires_at.toISOString(), scopes: sorted }
}
