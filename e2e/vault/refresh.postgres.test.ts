// Two replicas and one rotating grant: whoever asks wherever when it is due, the provider is asked once.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openPair, type Pair } from '../replicas/testing/pair.ts'
import { signedIn } from '../testing/approving.ts'
import { AT_THE_CRM, connectAccount, contacts, type Desk, deskToken, openDesk, SHORT_LIVED } from '../testing/desk.ts'
import { eventually } from '../testing/eventually.ts'

const ROUNDS = 100
const CALLS_EACH = 4
/** The house hears of one second, and renews after half of it. */
const DUE_AFTER_MS = 500
/** Rounds in which the machine was so slow that the token was due again before all had been answered say nothing. */
const MOST_ROUNDS = 2 * ROUNDS

describe('a rotating grant on two replicas', { timeout: 240_000 }, () => {
  let pair: Pair
  let desk: Desk
  let token = ''
  before(async () => {
    pair = await openPair()
    const { issuer, shop } = pair
    desk = await openDesk({ issuer, admin: shop.admin, agents: [shop.agent.id] }, SHORT_LIVED)
    await connectAccount(await signedIn(issuer, shop.dana), { issuer, name: desk.name, as: AT_THE_CRM.dana })
    token = await deskToken(issuer, { agent: shop.agent, person: shop.dana, name: desk.name })
    for (const { url } of [pair.a, pair.b])
      await eventually(async () => ((await contacts(url, desk.name, token)).status === 200 ? true : undefined))
  })
  after(async () => {
    await desk?.close()
    await pair?.close()
  })

  test(`is renewed once in each of ${ROUNDS} rounds in which both have calls for it`, async (t) => {
    const { journal, counts } = desk.crm
    const requests: number[] = []
    let long = 0
    while (requests.length < ROUNDS) {
      assert.ok(requests.length + long < MOST_ROUNDS, `${long} rounds took too long to say anything`)
      const due = (journal.at(-1)?.at ?? 0) + DUE_AFTER_MS
      await eventually(async () => (Date.now() > due ? true : undefined))
      const from = journal.length
      const calls = Array.from({ length: 2 * CALLS_EACH }, (_, n) => (n % 2 === 0 ? pair.a : pair.b))
      const answers = await Promise.all(calls.map(({ url }) => contacts(url, desk.name, token)))
      const asked = journal.slice(from)
      if (Date.now() - (asked[0]?.at ?? 0) >= DUE_AFTER_MS - 20) {
        long += 1
        continue
      }
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
      assert.deepEqual(
        asked.map(({ grant_type, outcome }) => [grant_type, outcome]),
        [['refresh_token', 'issued']],
      )
      requests.push(asked.length)
    }
    const calls = requests.length * 2 * CALLS_EACH
    t.diagnostic(`${requests.length} rounds, ${calls} calls at two replicas, ${requests.length} refresh requests`)
    t.diagnostic(`${long} rounds not counted; at the provider in all: ${JSON.stringify(counts)}`)
    const { reuse_detected, replayed, refused, codes_redeemed } = counts
    assert.deepEqual({ reuse_detected, replayed, refused }, { reuse_detected: 0, replayed: 0, refused: 0 })
    assert.equal(codes_redeemed, 1)
    assert.deepEqual(new Set(journal.map(({ family }) => family)), new Set(['fam_1']))
    // Also where rounds were long: never while the one before was still good.
    const renewals = journal.filter(({ grant_type }) => grant_type === 'refresh_token')
    for (const [n, { at }] of renewals.entries()) {
      const before = renewals[n - 1]
      if (before) assert.ok(at - before.at >= DUE_AFTER_MS - 100, `renewed again after ${at - before.at} ms`)
    }
  })
})
