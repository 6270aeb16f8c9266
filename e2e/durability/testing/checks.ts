// After a kill and a start: the ledger, the answers, the objects and the log must tell one story.
import assert from 'node:assert/strict'
import type { LedgerEntry } from '@mandate/example-orders/data.ts'
import { answerOf } from '../../testing/api.ts'
import { type Log, readLog, verify } from '../../testing/log.ts'
import { exchange, type Shop } from '../../testing/shop.ts'
import { type Evidence, evidenceIn, type Kept, keptIn, outcomeOf } from './evidence.ts'
import type { Caller, Sent } from './load.ts'

/** How many of each there were, and how many acts were recorded that make them. */
export type Before = Readonly<Record<Counted, { there: number; done: number }>>
type Counted = 'agents' | 'connections' | 'users' | 'tuples'

const MADE_BY: Readonly<Record<Counted, string>> = {
  agents: 'agents.register-agent',
  connections: 'connections.create-connection',
  users: 'directory.create-user',
  tuples: 'relationships.write',
}

export interface Round {
  caller: Caller
  sent: readonly Sent[]
  /** What the upstream did meanwhile. */
  changes: readonly LedgerEntry[]
  stock: Before
  /** Checkpoints saved before the kill. */
  kept: readonly string[]
  key: string
}

/** In the log so far, and how many of them have no known outcome. */
export interface Recorded {
  attempts: number
  unknown: number
}

export interface Counts extends Recorded {
  calls: number
  acks: number
  /** In the upstream's ledger. */
  acts: number
}

/** To be called after a start: then everything recorded before has its leaf. */
export async function takeStock(shop: Shop): Promise<{ stock: Before; soFar: Recorded }> {
  const kept = await keptIn(shop)
  const { done, attempts, unknown } = evidenceIn(await readLog(shop.admin))
  return { stock: counts(kept, done), soFar: { attempts: attempts.size, unknown: unknown.length } }
}

/** Throws where the story has a hole. */
export async function checkRound(round: Round): Promise<Counts> {
  const { shop } = round.caller
  const log = await readLog(shop.admin)
  const evidence = evidenceIn(log)
  const kept = await keptIn(shop)
  checkActs(round, evidence)
  checkAnswers(round, evidence, kept)
  checkWholeness(round, evidence, kept)
  await checkCredentials(round, kept)
  await checkToken(round)
  await checkLog(round, log)
  return {
    calls: round.sent.length,
    acks: round.sent.filter(({ acknowledged }) => acknowledged).length,
    acts: round.changes.length,
    attempts: evidence.attempts.size,
    unknown: evidence.unknown.length,
  }
}

/** Written down first: what the upstream did is an attempt in the log, and no end is without its beginning. */
function checkActs({ changes, sent }: Round, { attempts, outcomes, strays }: Evidence): void {
  assert.deepEqual(strays, [], 'outcomes without an attempt, or two for one')
  for (const { request_id } of changes) {
    const attempt = attempts.get(request_id ?? '')
    assert.ok(attempt, `the upstream acted on ${request_id}, of which the log knows nothing`)
    assert.match(attempt.operation, /^gateway\.(call-tool|proxy)$/)
  }
  const told = new Map(changes.map((change) => [change.kind === 'refund' ? change.reason : '', change]))
  for (const { kind, name, acknowledged } of sent) {
    if (!kind.endsWith('refund') || !acknowledged) continue
    const change = told.get(name)
    assert.ok(change, `${name} was answered as done and the upstream never did it`)
    assert.equal(outcomes.get(change.request_id ?? '')?.outcome, 'done', `${name} was answered before its end was kept`)
  }
}

const KEPT_AS: Readonly<Record<string, Counted>> = { agent: 'agents', connection: 'connections', user: 'users' }

/** Whatever was answered with success is there as it was answered, and its outcome with it. */
function checkAnswers({ sent }: Round, evidence: Evidence, kept: Kept): void {
  for (const { kind, name, acknowledged } of sent) {
    if (!acknowledged || kind.endsWith('refund')) continue
    const { body, correlation } = acknowledged
    const { access_token: token } = body
    assert.equal(
      outcomeOf(evidence, { correlation, token })?.outcome,
      'done',
      `${name} was answered and its end is not in the log`,
    )
    if (kind === 'tuples') assert.equal(kept.tuples.get(`order:${name}`), 3, `${name} was answered and is gone`)
    const list = KEPT_AS[kind]
    if (list !== undefined && list !== 'tuples')
      assert.deepEqual(kept[list].get(name), body, `${name} was answered and is not there as it was`)
  }
}

/** Answered or not: each object is there whole and with the record of its making, or is not there and has none. */
function checkWholeness({ sent, stock }: Round, { done }: Evidence, kept: Kept): void {
  const now = counts(kept, done)
  for (const name of Object.keys(MADE_BY) as Counted[])
    assert.equal(
      now[name].there - stock[name].there,
      now[name].done - stock[name].done,
      `${name}: what is there and what is recorded as made`,
    )
  for (const { kind, name } of sent) {
    if (kind === 'tuples')
      assert.ok([undefined, 3].includes(kept.tuples.get(`order:${name}`)), `${name} is half written`)
    if (kind === 'connection' && kept.connections.has(name))
      assert.equal(kept.connections.get(name).has_credential, true)
    if (kind === 'agent' && kept.agents.has(name)) assert.equal(kept.agents.get(name).purpose, `Exists once: ${name}.`)
  }
}

function counts({ agents, connections, users, tuples }: Kept, done: Evidence['done']): Before {
  const written = [...tuples.keys()].filter((object) => object.startsWith('order:r')).length
  const there = { agents: agents.size, connections: connections.size, users: users.size, tuples: written }
  const of = (name: Counted) => ({ there: there[name], done: done[MADE_BY[name]] ?? 0 })
  return { agents: of('agents'), connections: of('connections'), users: of('users'), tuples: of('tuples') }
}

/** A connection whose making nobody was told of: the credential in another room's table opens, so it was one commit. */
async function checkCredentials({ caller: { shop, subject }, sent }: Round, { connections }: Kept): Promise<void> {
  const silent = sent.filter(
    ({ kind, name, acknowledged }) => kind === 'connection' && !acknowledged && connections.has(name),
  )
  const told = sent.filter(({ kind, acknowledged }) => kind === 'connection' && acknowledged).slice(0, 1)
  for (const { name } of [...silent, ...told]) {
    const path = `/api/v1/agents/${shop.agent.id}/managed-connections/${name}`
    await shop.admin.must('PUT', path, { scopes: { 'GET /orders': 'auto' } })
    const { body } = await exchange(shop.issuer, shop.agent, subject, `${shop.issuer}/mcp/${name}`)
    assert.equal((await proxied(shop.issuer, `${name}/orders?limit=1`, body.access_token)).status, 200, name)
  }
}

/** A token handed out before the kill is as good after it. */
async function checkToken({ caller: { shop }, sent }: Round): Promise<void> {
  const issued = sent.find(({ kind, acknowledged }) => kind === 'exchange' && acknowledged?.body.door === 'orders-api')
  if (!issued) return
  const order = `orders-api/orders/${shop.dana.orders[0]}`
  assert.equal((await proxied(shop.issuer, order, issued.acknowledged?.body.access_token)).status, 200)
}

const proxied = async (issuer: string, path: string, token: string) =>
  answerOf(await fetch(`${issuer}/proxy/${path}`, { headers: { authorization: `Bearer ${token}` } }))

async function checkLog({ kept, key }: Round, log: Log): Promise<void> {
  const report = await verify(log, key, kept)
  assert.equal(report.result, 'verified', report.sentence)
  assert.equal(report.proven, log.entries.length)
}
