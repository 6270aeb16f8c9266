// Between a client's request and its code: who the person is, and whether they say yes to this agent or program.
import { type IncomingMessage, ServerResponse } from 'node:http'
import { consentPage, type Page } from '@mandate/console'
import type Provider from 'oidc-provider'
import { z } from 'zod'
import type { Agents } from '../agents/index.ts'
import type { Session, Sessions } from '../authentication/index.ts'
import type { People } from '../directory/index.ts'
import { type AgentId, isId, type UserId } from '../kernel/ids.ts'
import { Problem } from '../kernel/problem.ts'
import { operation, refuseForeignSite, sessionCookieOf } from '../pipeline/index.ts'
import type { Database } from '../platform/database/index.ts'
import type { FindAudience } from './audiences.ts'
import { askForCommandLine, COMMAND_LINE } from './command-line.ts'
import type { Delegations } from './delegation.ts'
import { insertConsent, insertGrantSession } from './store.ts'

export interface InteractionGround {
  provider: () => Provider
  issuer: string
  sessions: Sessions
  people: People
  agents: Agents
  audiences: FindAudience
  delegations: Delegations
  database: Database
  /** Of the change log. */
  position(): number
  now(): number
}

type Details = Awaited<ReturnType<Provider['interactionDetails']>>
type Result = Parameters<Provider['interactionResult']>[2]

const Input = z.object({
  uid: z.string().max(100),
  answer: z.enum(['allow', 'deny']).optional(),
  raw: z.custom<IncomingMessage>((value) => typeof value === 'object'),
})

const asks = () => [{ action: 'sign-in', resource: 'self:interaction' }]
const page = z.custom<Page>((value) => typeof value === 'object')

export const showInteraction = (given: InteractionGround) =>
  operation({
    id: 'oauth.show-interaction',
    summary: 'What a sign-in still needs from the person.',
    audit: 'act',
    input: Input.omit({ answer: true }),
    output: page,
    asks,
    reach: ({ identified }, { uid, raw }) => next(given, { uid, raw, identified }),
  })

export const answerInteraction = (given: InteractionGround) =>
  operation({
    id: 'oauth.answer-interaction',
    summary: 'The person says yes or no to an agent, or to the command line.',
    audit: 'act',
    input: Input.required({ answer: true }),
    output: page,
    asks,
    async reach(context, { uid, raw, answer }) {
      // The cookie alone would let another site press the button.
      const site = raw.headers['sec-fetch-site']
      refuseForeignSite(given.issuer, {
        origin: raw.headers.origin,
        fetchSite: typeof site === 'string' ? site : undefined,
      })
      context.note({ answer })
      return next(given, { uid, raw, answer, identified: context.identified })
    },
  })

interface Step {
  uid: string
  raw: IncomingMessage
  answer?: 'allow' | 'deny'
  identified(): void
}

async function next(given: InteractionGround, { uid, raw, answer, identified }: Step): Promise<Page> {
  // The position first: what ends after the looks below has a higher one and kills the grant.
  const position = given.position()
  const details = await detailsOf(given.provider(), raw)
  if (!details || details.uid !== uid)
    throw new Problem('not_found', { detail: 'This sign-in has ended or belongs to another browser. Start it again.' })
  const session = await given.sessions.find(sessionCookieOf(raw.headers.cookie, given.issuer))
  if (session) identified()
  if (!session || mustSignInAgain(details, session))
    return { location: `/sign-in?return_to=${encodeURIComponent(`/interaction/${uid}`)}` }
  const finish = async (result: Result): Promise<Page> => ({
    location: await given.provider().interactionResult(raw, new ServerResponse(raw), result, {
      mergeWithLastSubmission: true,
    }),
  })
  if (details.prompt.name === 'login')
    return finish({ login: { accountId: session.user, amr: [...session.amr], ts: session.authTime } })
  if (answer === 'deny') return finish({ error: 'access_denied', error_description: 'The person said no.' })
  const client = String(details.params.client_id)
  if (client === COMMAND_LINE.id && answer !== 'allow')
    return askForCommandLine({ ...given, uid, person: nameOf(given.people, session.user) }, details.params)
  if (isId('agent', client) && answer !== 'allow' && !(await given.delegations.mayActFor(client, session.user)))
    return askConsent(given, {
      uid,
      agent: client,
      user: session.user,
      redirectUri: String(details.params.redirect_uri),
    })
  return finish({
    consent: { grantId: await makeGrant(given, { details, session, position, consented: answer === 'allow' }) },
  })
}

interface Asked {
  uid: string
  agent: AgentId
  user: UserId
  redirectUri: string
}

function askConsent({ agents, people }: InteractionGround, { uid, agent, user, redirectUri }: Asked): Page {
  const known = agents.agent(agent)
  if (!known) throw new Problem('not_found')
  return consentPage({
    ...{ uid, agent: known, redirectUri },
    owners: agents.accountable(agent).map((id) => nameOf(people, id)),
    person: nameOf(people, user),
  })
}

const nameOf = (people: People, id: UserId): string => people.person(id)?.name ?? people.person(id)?.email ?? id

const detailsOf = (provider: Provider, raw: IncomingMessage): Promise<Details | undefined> =>
  provider.interactionDetails(raw, new ServerResponse(raw)).catch(() => undefined)

// OIDC Core §3.1.2.1: with prompt=login, or a max_age that has passed, only a sign-in after the request counts.
function mustSignInAgain({ prompt, iat }: Details, session: Session): boolean {
  const reasons = prompt.reasons ?? []
  const fresh = reasons.includes('login_prompt') || reasons.includes('max_age')
  return fresh && session.authTime < iat
}

interface NewGrant {
  details: Details
  session: Session
  position: number
  consented: boolean
}

async function makeGrant(given: InteractionGround, { details, session, position, consented }: NewGrant) {
  const provider = given.provider()
  const client = String(details.params.client_id)
  const grant = new provider.Grant({ accountId: session.user, clientId: client })
  const scope = String(details.params.scope ?? '')
  const oidc = scope.split(' ').filter((name) => ['openid', 'offline_access', 'email', 'profile'].includes(name))
  if (oidc.length > 0) grant.addOIDCScope(oidc.join(' '))
  // What is granted here only lets the request through; what an agent really gets is judged at every issue.
  for (const resource of [details.params.resource].flat())
    if (typeof resource === 'string' && scope !== '') grant.addResourceScope(resource, scope)
  const grantId = await grant.save()
  await given.database.transaction(async (tx) => {
    await insertGrantSession(tx, {
      grant_id: grantId,
      session_id: session.id,
      user_id: session.user,
      client_id: client,
      expires_at: new Date(session.expiresAt),
      position,
    })
    if (consented && isId('agent', client)) await insertConsent(tx, session.user, client)
  })
  return grantId
}
