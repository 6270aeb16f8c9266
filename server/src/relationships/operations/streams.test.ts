// Lists as lines over real connections, with next to no memory: what happens between the first line and the last.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { ModelBody, Tuple } from '../model.ts'
import { change, freshStore } from '../testing/memory.ts'
import { documents, model, self, tuple, type } from '../testing/models.ts'
import { type Served, served } from '../testing/server.ts'

/**
 * Two megabytes of names: many times what a local socket holds (TCP may hold all of it), so that who does not read holds
 * up who sends.
 */
const MANY = 8_000
const nameOf = (n: number | string) => `document:${String(n).padStart(240, '0')}`
const question = { type: 'document', relation: 'viewer', user: 'user:anne' }

let server: Served
let folder: string
let socketPath: string
/** A store with many documents of anne, for tests that leave it as it was. */
let large: string
const state = { valid: true }
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mandate-streams-'))
  socketPath = join(folder, 'server')
  server = await served({ limit: 1, stillValid: () => state.valid, socketPath })
  await server.listen()
  large = await storeOf(
    documents,
    Array.from({ length: MANY }, (_, n) => tuple(`${nameOf(n)}#owner@user:anne`)),
  )
})
const open = new Set<() => unknown>()
afterEach(() => {
  for (const leave of open) leave()
  open.clear()
})
after(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

async function storeOf(body: ModelBody, tuples: readonly Tuple[]): Promise<string> {
  const store = await freshStore(server.database, body)
  let position = 0
  for (let from = 0; from < tuples.length; from += 5_000)
    position = await change(server.database, store, { writes: tuples.slice(from, from + 5_000) })
  await server.tail.reached(position)
  return store
}

interface Line {
  result?: { object: string }
  error?: { code: number; message: string; details: unknown[] }
}

/** A stream whose reader stops after the first lines, until it reads on to the end or goes. */
async function begun(store: string, more: object = {}) {
  const sending = request({
    ...{ socketPath, method: 'POST', path: `/fga/stores/${store}/streamed-list-objects` },
    headers: { 'content-type': 'application/json' },
  })
  open.add(() => sending.destroy())
  sending.end(JSON.stringify({ ...question, consistency: 'HIGHER_CONSISTENCY', ...more }))
  const [reply] = (await once(sending, 'response')) as [IncomingMessage]
  let text = ''
  reply.setEncoding('utf8')
  const [first] = (await once(reply, 'data')) as [string]
  reply.pause()
  text += first
  // Until the server has written as much as the connection holds.
  await still(store)
  return {
    reply,
    leave: () => sending.destroy(),
    async toEnd(): Promise<Line[]> {
      reply.on('data', (some: string) => (text += some))
      reply.resume()
      await once(reply, 'end')
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line)
    },
  }
}

const askedAt = (store: string) => server.relationships.store(store)?.tuples.askedAt ?? 0

/** Resolves when nothing is asked of the store for a while: how often it was. */
async function still(store: string): Promise<number> {
  for (let before = -1, times = 0; times < 200; times++) {
    const now = askedAt(store)
    if (now !== before) times = 0
    before = now
    await turn()
  }
  return askedAt(store)
}

const objectsIn = (lines: readonly Line[]): string[] => lines.map(({ result }) => result?.object ?? assert.fail())

test('lines come while the list is still made, and it is whole at the end although it was written to meanwhile', async () => {
  const { reply, toEnd } = await begun(large)
  assert.equal(reply.statusCode, 200)
  assert.ok(Number(reply.headers['x-mandate-position']) > 0)
  const position = await change(server.database, large, {
    writes: [`${nameOf('new')}#owner@user:anne`],
    deletes: [`${nameOf(MANY - 1)}#owner@user:anne`],
  })
  await server.tail.reached(position)
  const objects = objectsIn(await toEnd())
  assert.equal(new Set(objects).size, objects.length)
  const wanted = [...Array.from({ length: MANY - 1 }, (_, n) => nameOf(n)), nameOf('new')]
  assert.ok(isDeepStrictEqual(objects.sort(), wanted.sort()), 'something is missing, or was no longer right')
  await change(server.database, large, {
    deletes: [`${nameOf('new')}#owner@user:anne`],
    writes: [`${nameOf(MANY - 1)}#owner@user:anne`],
  })
})

test('a list is whole, and nothing in it twice, although its store was put out and loaded anew meanwhile', async () => {
  const { toEnd } = await begun(large)
  server.relationships.store(large)?.tuples.drop()
  const objects = objectsIn(await toEnd())
  assert.equal(objects.length, MANY)
  assert.equal(new Set(objects).size, MANY)
})

test('access that ends ends the lines: with an error, and not as if that were all', async () => {
  const { toEnd } = await begun(large)
  state.valid = false
  const lines = await toEnd().finally(() => (state.valid = true))
  assert.equal(lines.at(-1)?.error?.code, 1500)
  assert.ok(objectsIn(lines.slice(0, -1)).length < MANY)
})

test('a reader that goes away ends the work, and a slow one holds it up', async () => {
  const before = askedAt(large)
  const { leave } = await begun(large)
  const slow = askedAt(large) - before
  assert.ok(slow <= 4, `${slow} slices for a reader that does not read`)
  leave()
  const more = (await still(large)) - before - slow
  assert.ok(more <= 2, `${more} slices more for nobody`)
})

const limited: ModelBody = {
  ...model(type('user'), type('document', { viewer: [self, 'user', 'user with small'] })),
  conditions: { small: { name: 'small', expression: 'x < 5', parameters: { x: { type_name: 'TYPE_NAME_INT' } } } },
}

test('what cannot be judged is refused as always before the first line, and by a line after it', async () => {
  const sure = Array.from({ length: 3_000 }, (_, n) => tuple(`document:${n}#viewer@user:anne`))
  const unsure = { ...tuple('document:x#viewer@user:anne'), condition: { name: 'small' } }
  const late = await storeOf(limited, [...sure, unsure])
  const lines = await begun(late).then(({ toEnd }) => toEnd())
  const error = lines.at(-1)?.error
  assert.equal(error?.code, 2000)
  assert.match(error?.message ?? '', /document:x#viewer@user:anne/)
  assert.ok(lines.length > 1000)
  for (const object of objectsIn(lines.slice(0, -1))) assert.notEqual(object, 'document:x')
  const whole = await server.post(`/stores/${late}/list-objects`, question)
  assert.deepEqual([whole.status, whole.body.code], [400, 'validation_error'])
  const context = { x: 1 }
  assert.equal((await begun(late, { context }).then(({ toEnd }) => toEnd())).length, 3_001)

  const early = await storeOf(limited, [unsure])
  const refused = await server.post(`/stores/${early}/streamed-list-objects`, question)
  assert.deepEqual([refused.status, refused.body.code], [400, 'validation_error'])
})

test('what lies too deep is refused by a line after others, and never left out', async () => {
  const chain = Array.from({ length: 30 }, (_, n) => tuple(`document:c${n + 1}#parent@document:c${n}`))
  const sure = Array.from({ length: 3_000 }, (_, n) => tuple(`document:${n}#owner@user:anne`))
  const store = await storeOf(documents, [tuple('document:c0#owner@user:anne'), ...sure, ...chain])
  const lines = await begun(store).then(({ toEnd }) => toEnd())
  assert.equal(lines.at(-1)?.error?.code, 2002)
  assert.ok(lines.length > 1000)
  assert.equal((await server.post(`/stores/${store}/list-objects`, question)).status, 400)
})

test('a list of nothing is no line, and tuples of the question alone count in lines too', async () => {
  const store = await storeOf(documents, [])
  const stream = (more: object) =>
    server.send({
      ...{ method: 'POST', url: `/fga/stores/${store}/streamed-list-objects` },
      payload: { ...question, consistency: 'HIGHER_CONSISTENCY', ...more },
    })
  assert.deepEqual(await stream({}).then(({ statusCode, body }) => [statusCode, body]), [200, ''])
  const keys = Array.from({ length: 20 }, (_, n) => tuple(`document:${n}#owner@user:anne`))
  const { body } = await stream({ contextual_tuples: { tuple_keys: keys } })
  const objects = objectsIn(
    body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  )
  assert.deepEqual(objects.sort(), keys.map(({ object }) => object).sort())
})

test('while long lists are made a check is answered, and each list is of one position', async () => {
  const answered: string[] = []
  // Several slices each.
  const many = 40_000
  const long = await storeOf(
    documents,
    Array.from({ length: many }, (_, n) => tuple(`document:${n}#owner@user:anne`)),
  )
  await server.post(`/stores/${long}/check`, { tuple_key: tuple('document:1#viewer@user:bob') })
  const list = (more: object) =>
    server.post(`/stores/${long}/list-objects`, { ...question, ...more }).then((reply) => {
      answered.push('list')
      return reply
    })
  // Contexts keep each from being a list that is kept.
  const lists = [1, 2, 3, 4].map((n) => list({ context: { n } }))
  await turn()
  const check = server
    .post(`/stores/${long}/check`, { tuple_key: tuple('document:1#viewer@user:anne') })
    .then(({ body }) => {
      answered.push('check')
      assert.equal(body.allowed, true)
    })
  await check
  for (const { status, body } of await Promise.all(lists)) {
    assert.equal(status, 200)
    assert.equal(new Set(body.objects).size, many)
  }
  assert.equal(answered[0], 'check')
})

// The last: it takes the store away.
test('a store that is deleted ends the lines', async () => {
  const { toEnd } = await begun(large)
  assert.equal((await server.remove(`/stores/${large}`)).status, 204)
  const lines = await toEnd()
  assert.equal(lines.at(-1)?.error?.code, 5002)
  assert.ok(objectsIn(lines.slice(0, -1)).length < MANY)
})
