// Making a request: one per action however often it is asked, few enough that people still read them.
import { type ApprovalId, newId, type UserId } from '../kernel/ids.ts'
import { agentOf, type Principal, userOf } from '../kernel/principal.ts'
import { Problem } from '../kernel/problem.ts'
import { below } from '../pipeline/index.ts'
import type { Transaction } from '../platform/database/index.ts'
import { audienceOf } from './eligible.ts'
import { type ApprovalGround, placeOf } from './ground.ts'
import {
  type ApprovalTermsOf,
  type Contents,
  canonicalAction,
  hashAction,
  hashHandle,
  LARGEST,
  LONGEST_SECONDS,
  madeUnder,
  type Row,
} from './model.ts'
import { yesStands } from './standing.ts'
import { countRecent, decide, deniedLately, findApproval, findOpen, insertApproval } from './store.ts'
import { summaryOf } from './summary.ts'

export interface NewRequest {
  kind: Row['kind']
  principal: Principal
  /** What is hashed, beside who asks and for whom, which are added here. */
  exact: Readonly<Record<string, unknown>>
  action: string
  target: Row['target']
  connection: string | null
  effect: Row['effect']
  context: Readonly<Record<string, unknown>>
  message: string | null
  shown: unknown
  terms: ApprovalTermsOf
  attempt: string | null
  /** What its client polls with; such a request is the client's own and never shared. */
  handle?: string
}

export interface Prepared extends NewRequest {
  text: string
  hash: string
}

/** The exact action with its hash. Throws `too_large`. */
export function prepare(request: NewRequest): Prepared {
  const { principal, exact } = request
  const text = canonicalAction({ ...exact, sub: principal.sub, act: principal.act.map(({ sub }) => sub) })
  return { ...request, text, hash: hashAction(text) }
}

const MOST_WAITING = 10
/** Over everything that waits: somebody is to read it. One of the largest there may be always has room beside another. */
const MOST_BYTES = 2 * LARGEST
const MOST_RECENT = 30
const RECENT_MS = 10 * 60_000
/** After a no, the same question is not put again at once: asking until someone gives in must not work. */
const COOL_DOWN_MS = 5 * 60_000

/** The open request for this action: made now, or made before. Throws `rate_limited`, or `forbidden` after a no. */
export async function openRequest(ground: ApprovalGround, prepared: Prepared): Promise<Row> {
  const now = new Date(ground.now())
  const before = prepared.handle === undefined ? await findLive(ground, prepared, now) : undefined
  if (before) return before
  const id = newId('approval', ground.now())
  const { text: action, context, message, shown } = prepared
  const contents: Contents = { action, context, message, shown }
  const sealed = await ground.sealing.seal(JSON.stringify(contents), placeOf(id, 'sealed'))
  const summary = await ground.sealing.seal(JSON.stringify(summaryOf(context)), placeOf(id, 'summary'))
  const row = await ground.database.transaction(async (tx) => {
    await refuseTooMany(tx, prepared, now)
    const added = await insertApproval(tx, rowOf(ground, prepared, { id, sealed, summary }))
    if (added) await ground.announce(tx, id)
    return added ? findApproval(tx, id) : findOpen(tx, prepared.hash, now)
  })
  // Asked by another at the same moment, and answered and used before we looked: what is asked now is a new question.
  if (!row) throw new Problem('unavailable', { headers: { 'retry-after': '1' } })
  return row
}

/** What somebody else stood behind and does not any more, or was asked of others, is no answer to whoever asks now. */
const findLive = (ground: ApprovalGround, { hash, terms }: Prepared, now: Date): Promise<Row | undefined> =>
  ground.database.transaction(async (tx) => {
    const open = await findOpen(tx, hash, now)
    if (!open) return undefined
    const stands = !ground.revocations.dead(open.links, open.position) && madeUnder(open, terms)
    if (stands && (open.status !== 'approved' || (await yesStands(ground, tx, open)))) return open
    await decide(tx, open.id, { status: 'cancelled', now })
    return undefined
  })

async function refuseTooMany(tx: Transaction, { principal, hash, text }: Prepared, now: Date): Promise<void> {
  const agent = agentOf(principal)
  if (!agent) throw new Problem('forbidden', { detail: 'Only agents ask.' })
  const user = userOf(principal) ?? null
  const denied = await deniedLately(tx, hash, new Date(now.getTime() - COOL_DOWN_MS))
  if (denied) throw saidNo(denied)
  const since = new Date(now.getTime() - RECENT_MS)
  const { recent, waiting, bytes } = await countRecent(tx, { agent, user, since, now })
  const much = bytes + Buffer.byteLength(text) > MOST_BYTES
  if (recent >= MOST_RECENT || waiting >= MOST_WAITING || much)
    throw new Problem('rate_limited', {
      detail: 'This agent has asked for too much lately; wait until what it asked is answered.',
      headers: { 'retry-after': '60' },
    })
}

interface Sealed {
  id: ApprovalId
  sealed: string
  summary: string
}

function rowOf(ground: ApprovalGround, prepared: Prepared, { id, sealed, summary }: Sealed) {
  const { principal, terms, handle } = prepared
  const { requirements, ttlSeconds, holdSeconds } = terms
  const agents = principal.act.map(({ sub }) => sub)
  const user: UserId | null = userOf(principal) ?? null
  const now = ground.now()
  return {
    ...{ id, sealed, summary, bytes: Buffer.byteLength(prepared.text) },
    ...{ hash: prepared.hash, kind: prepared.kind, user_id: user, agents, client: principal.client },
    ...{ task: principal.task ?? null, connection: prepared.connection, action: prepared.action },
    ...{ target: prepared.target, effect: prepared.effect, attempt: prepared.attempt },
    links: [...(principal.links ?? [principal.sub, principal.client, ...agents])],
    position: principal.position ?? 0,
    requirements: { all: requirements },
    audience: audienceOf(requirements, { user, agents }),
    hold_seconds: holdSeconds,
    handle_hash: handle === undefined ? null : hashHandle(handle),
    created_at: new Date(now),
    expires_at: new Date(now + Math.min(ttlSeconds, LONGEST_SECONDS) * 1000),
  }
}

/** The pending request as a refusal names it. */
export const pending = (issuer: string, { id, expires_at }: Pick<Row, 'id' | 'expires_at'>, detail?: string): Problem =>
  new Problem('approval_required', {
    ...(detail !== undefined && { detail }),
    extensions: {
      approval: { id, expires_at: expires_at.toISOString(), uri: below(issuer, `/approvals/${id}`) },
      approval_id: id,
      expires_at: expires_at.toISOString(),
    },
  })

export const saidNo = (id: ApprovalId): Problem =>
  new Problem('forbidden', {
    detail: 'A person was asked and said no.',
    extensions: { reasons: ['approval_denied'], approval: { id } },
  })
