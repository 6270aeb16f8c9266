// CIBA Core 1.0 §10.1, poll: the yes of a person becomes one token for what they were shown, for five minutes at most.
import type { Usable } from '../../approvals/index.ts'
import type { AgentId, UserId } from '../../kernel/ids.ts'
import { below } from '../../pipeline/index.ts'
import type { AccessTokenClaims } from '../access-token.ts'
import { type BackchannelGround, principalOf, termsOf } from '../backchannel.ts'
import { accessDenied, invalidGrant, invalidTarget, refusal } from '../errors.ts'
import { signIdToken } from '../id-token.ts'
import { type Issued, type Issuer, issueAccessToken } from '../issue.ts'
import { endOfTerms, placeLinks, scopesOpen, targetsOf } from '../scopes.ts'

export const CIBA = 'urn:openid:params:grant-type:ciba'
const LONGEST_SECONDS = 300

export type Polled =
  | { issued: Issued; idToken: string; details: readonly Record<string, unknown>[] }
  | { error: 'authorization_pending' | 'slow_down'; interval: number }

/** What `auth_req_id` has come to. Throws the protocol's error where nothing more will come. */
export async function redeemRequest(
  given: BackchannelGround & Issuer,
  asked: { handle: string | undefined; client: string; attempt: string },
): Promise<Polled> {
  // The position first: what is revoked while this is being issued kills it.
  const position = given.position()
  if (!asked.handle) throw refusal('invalid_request')('auth_req_id is required')
  const polled = await given.approvals.poll({ handle: asked.handle, client: asked.client })
  if (polled.state === 'pending') return { error: 'authorization_pending', interval: polled.interval }
  if (polled.state === 'slow_down') return { error: 'slow_down', interval: polled.interval }
  if (polled.state === 'denied') throw accessDenied('the person said no')
  if (polled.state === 'cancelled') throw accessDenied('the request ended before it was answered')
  if (polled.state === 'expired') throw refusal('expired_token')('nobody answered in time')
  if (polled.state !== 'approved') throw invalidGrant('auth_req_id is not known, or was used')
  return issueApproved(given, { ...asked, handle: asked.handle, usable: polled.usable, position })
}

interface Approved {
  handle: string
  client: string
  attempt: string
  usable: Usable
  position: number
}

async function issueApproved(given: BackchannelGround & Issuer, approved: Approved): Promise<Polled> {
  const { usable, handle, position } = approved
  const { row, action } = usable
  const agent = approved.client as AgentId
  const user = row.user_id as UserId
  const { audience: identifier, scopes, authorization_details: details } = action as unknown as Shown
  const audience = identifier === null ? undefined : given.audiences(identifier)
  if (identifier !== null && !audience) throw invalidTarget('there is no such resource for this agent any more')
  // Everything is judged again: between the yes and this poll the agent may have lost what was agreed to.
  const granted = audience ? scopesOpen(given.managed, given.now(), { chain: [agent], audience, scopes }) : []
  const principal = principalOf(given, { agent, user, audience })
  const terms = termsOf(given, { principal, user, audience, scopes, seconds: LONGEST_SECONDS })
  if (!usable.under(terms)) throw accessDenied('who must agree was changed since; ask again')
  const delegation = await given.delegations().first({
    user,
    agent,
    session: row.id,
    grant: row.id,
    position: row.position,
    expiresAt: given.now() + LONGEST_SECONDS * 1000,
  })
  given.delegations().check(delegation, [agent, ...(audience ? targetsOf(audience) : [])])
  if (!(await usable.use(approved.attempt))) throw invalidGrant('auth_req_id was used')
  const issued = issueAccessToken(given, {
    sub: user,
    audience: identifier ?? below(given.issuer, '/userinfo'),
    client: agent,
    scopes: audience ? granted : ['openid'],
    seconds: LONGEST_SECONDS,
    ...(audience && { notAfter: endOfTerms(given.managed, [agent], audience) }),
    position: Math.min(position, row.position),
    links: [row.id, ...row.links, ...(audience ? placeLinks([agent], audience) : [])],
    chain: [agent],
    authTime: Math.floor((row.decided_at?.getTime() ?? 0) / 1000),
    task: delegation.task,
    delegation: delegation.id,
    details,
  })
  return { issued, details, idToken: signIdToken(given.keys, idClaims(issued.claims, { handle, token: issued.token })) }
}

interface Shown {
  audience: string | null
  scopes: string[]
  authorization_details: Record<string, unknown>[]
}

const idClaims = ({ iss, sub, client_id, iat, auth_time }: AccessTokenClaims, { handle, token }: Handed) => ({
  claims: {
    ...{ iss, sub, aud: client_id, iat, exp: iat + LONGEST_SECONDS, auth_time },
    // CIBA Core 1.0 §7.3 asks for it in push mode only; it ties the two together in any.
    'urn:openid:params:jwt:claim:auth_req_id': handle,
  },
  accessToken: token,
})

interface Handed {
  handle: string
  token: string
}
