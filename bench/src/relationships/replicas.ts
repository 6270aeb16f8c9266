// How soon a write on one replica is seen on another: two processes over one PostgreSQL, asked without a wait and with.
import assert from 'node:assert/strict'
import { sharedPlace } from '../databases.ts'
import { held, printTable } from '../table.ts'
import { openWire, post, type Wire, type WireReply } from '../wire.ts'
import { type ServedStore, serveStore } from './served-store.ts'
import { quantilesOf } from './sheet.ts'
import { worldOf } from './world.ts'
import { drive, sizeServed } from './worlds/index.ts'

const WRITES = 300
const WARM_UP = 20
const GIVE_UP_MS = 10_000
const TARGET = { atMost: 50 }

export async function replicas(): Promise<void> {
  const place = await sharedPlace()
  if (!place) return console.log('\nPostgreSQL is not installed: nothing is said about a second replica')
  try {
    const served = await serveStore(place, worldOf(drive, sizeServed()))
    try {
      await measure(served)
    } finally {
      await served.close()
    }
  } finally {
    await place.remove()
  }
}

async function measure(served: ServedStore): Promise<void> {
  const other = await served.replica()
  const [here, there] = await Promise.all([openWire(served.url), openWire(other.url)])
  try {
    const seen: number[] = []
    const waited: number[] = []
    for (let nth = 0; nth < WARM_UP + WRITES; nth++) {
      const unasked = await timeToSee({ served, here, there, there_url: other.url, nth: 2 * nth })
      const asked = await timeToWait({ served, here, there, there_url: other.url, nth: 2 * nth + 1 })
      if (nth < WARM_UP) continue
      seen.push(unasked)
      waited.push(asked)
    }
    printTable(
      `A write is seen on another replica, ${served.world.tuples.length.toLocaleString('en-US')} tuples, ms after its reply (${WRITES} writes)`,
      ['asked', 'p50', 'p99', 'most', 'target'],
      [
        ['again and again, without a wait', ...spreadOf(seen), held(Math.max(...seen), TARGET)],
        ['once, with X-Mandate-At-Least', ...spreadOf(waited), held(Math.max(...waited), TARGET)],
      ],
    )
  } finally {
    here.close()
    there.close()
    await other.house.stop()
  }
}

interface Round {
  served: ServedStore
  here: Wire
  there: Wire
  there_url: string
  nth: number
}

/** From the write's reply to the first answer of the other that shows it. */
async function timeToSee(round: Round): Promise<number> {
  const request = await written(round)
  const { there } = round
  const from = performance.now()
  for (;;) {
    const reply = answered(await there.ask(request.question))
    const now = performance.now()
    if (reply.body.includes('"allowed":true')) return now - from
    assert.ok(now - from < GIVE_UP_MS, 'the write is never seen on the other replica')
  }
}

/** From the write's reply to the answer of the other that was told to wait for it. */
async function timeToWait(round: Round): Promise<number> {
  const { questionAt, position } = await written(round)
  const question = questionAt(position)
  const from = performance.now()
  const reply = answered(await round.there.ask(question))
  const took = performance.now() - from
  assert.ok(reply.body.includes('"allowed":true'), `position ${position} was waited for, and is not there`)
  return took
}

/** A new member of the crowd is written here; how to ask about it there. */
async function written({ served, here, there_url, nth }: Round) {
  const { kind, object } = served.world.crowd
  const [, type = '', relation = '', userType = ''] = /^(\w+)#(\w+)@(\w+)$/.exec(kind) ?? []
  const tuple_key = { user: `${userType}:late-${nth}`, relation, object: `${type}:${object}` }
  const questionAt = (position?: number) =>
    post(
      `${there_url}${served.path('check')}`,
      { tuple_key },
      { ...served.headers, ...(position !== undefined && { 'x-mandate-at-least': String(position) }) },
    )
  const write = post(`${served.url}${served.path('write')}`, { writes: { tuple_keys: [tuple_key] } }, served.headers)
  const question = questionAt()
  const { head } = answered(await here.ask(write))
  const position = Number(/\r\nx-mandate-position: *(\d+)/.exec(head)?.[1])
  assert.ok(Number.isSafeInteger(position), `no position in ${head}`)
  return { question, questionAt, position }
}

function answered(reply: WireReply): WireReply {
  assert.equal(reply.status, 200, reply.body)
  return reply
}

const spreadOf = (times: readonly number[]): number[] => {
  const { p50, p99 } = quantilesOf(times)
  return [p50, p99, Math.max(...times)]
}
