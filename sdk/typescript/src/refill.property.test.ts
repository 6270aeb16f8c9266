// The rule of refilling, for any ranking, any visibility and any way an index cuts its pages.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { retrieve } from './retrieve.ts'
import { dana, eve, fakeEngine } from './testing/engine.ts'

const RUNS = 300

test(`what comes back is the first k that every reader may see (${RUNS} random indexes)`, async () => {
  await using fake = await fakeEngine()
  const passages = fc.array(fc.nat(30), { maxLength: 80 })
  const visible = () => fc.uniqueArray(fc.nat(30))
  const arbitrary = [
    passages,
    visible(),
    visible(),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 20 }),
    fc.boolean(),
  ] as const
  const property = fc.asyncProperty(...arbitrary, async (ranked, forDana, forEve, k, most, shared) => {
    fake.allowed.clear()
    for (const doc of forDana) fake.allowed.add(`user:usr_dana viewer doc:${doc}`)
    for (const doc of forEve) fake.allowed.add(`user:usr_eve viewer doc:${doc}`)
    const got = await retrieve(fake.engine, {
      ...{ principal: dana, type: 'doc', relation: 'viewer', k, mostRounds: 100, idOf: String },
      ...(shared && { audience: [eve] }),
      search: async ({ offset, limit }) => ranked.slice(offset, offset + Math.min(limit, most)),
    })
    const mine = ranked.filter((doc) => forDana.includes(doc) && (!shared || forEve.includes(doc)))
    assert.deepEqual(got.results, mine.slice(0, k))
    assert.equal(got.exhausted || got.returned === k, true)
    assert.ok(got.asked >= got.returned + got.withheld)
    if (got.exhausted) assert.equal(got.withheld, ranked.length - mine.length)
  })
  await fc.assert(property, { numRuns: RUNS })
})
