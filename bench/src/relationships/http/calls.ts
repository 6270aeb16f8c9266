// The calls that are measured over HTTP, as bytes, each with the answer that must come: what the engine in this process
// says, which the slow reference was asked about too.
import assert from 'node:assert/strict'
import { type Exchange, post, repliesWith } from '../../wire.ts'
import type { Opened } from '../opened.ts'
import { questionsOf, usersOf } from '../questions.ts'
import { referenceOf } from '../reference.ts'
import type { ServedStore } from '../served-store.ts'

const QUESTIONS = 10_000
/** In a round: a server that has answered some ten thousand times is compiled for it, as one at work is. */
export const MANY = 10_000
const ASSERTED = 100
const BATCH = 50
const PAGE = 1_000
const PEOPLE = 9
const LISTS = 3

export interface Call {
  name: string
  /** Where it is not as with all others. */
  atATime?: number
  /** Whether work goes on after the answers: records written in batches, leaves given to them. */
  lingers?: true
  /** The exchanges of one round. */
  round(): readonly Exchange[]
}

export const CHECK = 'check'
const LIST = 'list-objects, first 1,000 names'

/** `opened`: the same world in this process. */
export function callsOf(served: ServedStore, opened: Opened): Call[] {
  const questions = checks(served, opened)
  const wanted = lists(served, opened)
  return [
    { name: CHECK, round: inTurn(questions, MANY) },
    {
      name: 'check, 1 % writes among them',
      lingers: true,
      round: withWrites(inTurn(questions, 0.99 * MANY), writes(served, { count: MANY / 100, tuples: 1 })),
    },
    { name: `batch-check of ${BATCH}`, round: inTurn(batches(served, opened), 300) },
    // The writes of the round before have made every kept list old. One at a time: several long lists under way keep the
    // server from hearing the change log, and then it grants nothing.
    { name: `${LIST}, asked first`, atATime: 1, round: inTurn(wanted.some, LISTS) },
    { name: `${LIST} of ${wanted.length.toLocaleString('en-US')}, again`, round: inTurn(wanted.middling, 200) },
    { name: 'write of one tuple', lingers: true, round: writes(served, { count: 300, tuples: 1 }) },
    { name: 'write of 100 tuples', lingers: true, round: writes(served, { count: 50, tuples: 100 }) },
  ]
}

/** The next `count` of them at each round, from the beginning again at the end. */
function inTurn(exchanges: readonly Exchange[], count: number): () => readonly Exchange[] {
  let next = 0
  return () => Array.from({ length: count }, () => exchanges[next++ % exchanges.length] as Exchange)
}

/** Both together, the writes evenly among the questions. */
const withWrites = (questions: () => readonly Exchange[], writes: () => readonly Exchange[]) => () => {
  const [asked, written] = [questions(), writes()]
  const each = asked.length / written.length
  return written.flatMap((write, nth) => [...asked.slice(nth * each, (nth + 1) * each), write])
}

function checks({ world, url, path, headers }: ServedStore, opened: Opened): Exchange[] {
  const questions = questionsOf(world, { pick: 'zipf', seed: 31, count: QUESTIONS })
  const reference = referenceOf(world)
  for (const question of questions.slice(0, ASSERTED)) assert.equal(opened.check(question), reference.allows(question))
  return questions.map((tuple_key) => ({
    request: post(`${url}${path('check')}`, { tuple_key }, headers),
    check: repliesWith(200, `"allowed":${opened.check(tuple_key)}`),
  }))
}

function batches({ world, url, path, headers }: ServedStore, opened: Opened): Exchange[] {
  const questions = questionsOf(world, { pick: 'zipf', seed: 32, count: QUESTIONS })
  return Array.from({ length: QUESTIONS / BATCH }, (_, nth) => {
    const asked = questions.slice(nth * BATCH, (nth + 1) * BATCH)
    const result = Object.fromEntries(asked.map((question, at) => [`q${at}`, { allowed: opened.check(question) }]))
    const body = { checks: asked.map((tuple_key, at) => ({ tuple_key, correlation_id: `q${at}` })) }
    return {
      request: post(`${url}${path('batch-check')}`, body, headers),
      check: repliesWith(200, JSON.stringify({ result })),
    }
  })
}

/** Lists of some people, and the one of middling length: longer ones may be too long to be kept. */
function lists({ world, url, path, headers }: ServedStore, opened: Opened) {
  const { type, relation } = world
  const lists = usersOf(world, 33, PEOPLE).map((user) => ({
    request: post(`${url}${path('list-objects')}`, { type, relation, user, page_size: PAGE }, headers),
    // The order is the same in every process.
    check: repliesWith(200, `"objects":${JSON.stringify(opened.firstObjects(user, PAGE))}`),
    length: opened.objects(user).length,
  }))
  const [middling, ...others] = lists.toSorted((one, other) => one.length - other.length).slice(PEOPLE >> 1)
  if (!middling) throw new Error('nobody may see anything')
  return { some: [middling, ...others.slice(1 - LISTS)], middling: [middling], length: middling.length }
}

let written = 0

/** New tuples each time, of people and records that no question is about. */
function writes({ world, url, path, headers }: ServedStore, { count, tuples }: { count: number; tuples: number }) {
  const { kind, object } = world.crowd
  const [goal = '', userType = ''] = kind.split('@')
  const [type = '', relation = ''] = goal.split('#')
  return () =>
    Array.from({ length: count }, () => {
      const tuple_keys = Array.from({ length: tuples }, () => ({
        ...{ user: `${userType}:new-${written++}`, relation, object: `${type}:${object}` },
      }))
      return {
        request: post(`${url}${path('write')}`, { writes: { tuple_keys } }, headers),
        check: repliesWith(200, '{}'),
      }
    })
}
