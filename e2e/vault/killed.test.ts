// kill -9 while the provider has rotated and its answer is on the way: whoever is back neither makes a second grant of
// one, nor keeps anybody waiting for the dead, and says so when the provider lets nobody go on.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { signedIn } from '../testing/approving.ts'
import type { Browser } from '../testing/browser.ts'
import { AT_THE_CRM, accountAt, connectAccount, contacts, type Desk, deskToken, openDesk } from '../testing/desk.ts'
import { eventually } from '../testing/eventually.ts'
import { eachHouse } from '../testing/house.ts'

/** What cautious providers give; less than a call may wait. */
const GRACE_MS = 20_000
const LONGER_THAN_ANY_CALL_MS = 120_000

eachHouse('a house killed in the middle of a renewal', (house) => {
  let browser: Browser
  let desks: { grace: Desk; none: Desk }
  const tokens = { grace: '', none: '' }
  const NAMES = ['grace', 'none'] as const
  before(async () => {
    const { issuer, shop } = house
    const at = { issuer, admin: shop.admin, agents: [shop.agent.id] }
    desks = {
      grace: await openDesk(at, { name: 'grace', graceMs: GRACE_MS }),
      none: await openDesk(at, { name: 'none' }),
    }
    browser = await signedIn(issuer, shop.dana)
    for (const name of NAMES) {
      await connectAccount(browser, { issuer, name, as: AT_THE_CRM.dana })
      tokens[name] = await deskToken(issuer, { agent: shop.agent, person: shop.dana, name })
      assert.equal((await contacts(issuer, name, tokens[name])).status, 200)
    }
  })
  after(async () => {
    for (const desk of Object.values(desks ?? {})) await desk.close()
  })

  test('goes on with the same grant where the provider gives grace, and asks for it again where it gives none', async (t) => {
    const { issuer } = house
    const underWay = NAMES.map(async (name) => {
      const { crm, forget, tokens: seen } = desks[name]
      await forget(seen().at(-1) ?? '')
      assert.equal((await contacts(issuer, name, tokens[name])).status, 502, 'refused once, and to be renewed')
      crm.slowToken(LONGER_THAN_ANY_CALL_MS)
      // The connection breaks with the process.
      await assert.rejects(contacts(issuer, name, tokens[name]), TypeError)
    })
    await eventually(
      async () => (NAMES.every((name) => desks[name].crm.counts.rotated === 1) ? true : undefined),
      20_000,
    )
    await house.server.kill()
    await Promise.all(underWay)
    for (const name of NAMES) desks[name].crm.slowToken(0)
    const calls = { grace: desks.grace.calls(), none: desks.none.calls() }
    await house.restart()
    const begun = performance.now()
    const [grace, none] = await Promise.all(
      NAMES.map((name) => Promise.all([1, 2, 3].map(() => contacts(issuer, name, tokens[name])))),
    )
    t.diagnostic(`answered ${Math.round(performance.now() - begun)} ms after the start`)
    assert.deepEqual(
      grace?.map(({ status }) => status),
      [200, 200, 200],
    )
    assert.deepEqual(
      none?.map(({ body }) => body.code),
      ['needs_reconnect', 'needs_reconnect', 'needs_reconnect'],
    )
    assert.equal(desks.none.calls(), calls.none, 'nothing was sent with a grant that is gone')
    assert.equal(desks.grace.calls(), calls.grace + 3)
    for (const name of NAMES) {
      const { journal, counts } = desks[name].crm
      assert.deepEqual(new Set(journal.map(({ family }) => family)), new Set(['fam_1']), 'one grant, one family')
      assert.equal(counts.codes_redeemed, 1)
    }
    assert.deepEqual([desks.grace.crm.counts.replayed, desks.grace.crm.counts.reuse_detected], [1, 0])
    assert.deepEqual([desks.none.crm.counts.replayed, desks.none.crm.counts.reuse_detected], [0, 1])
    assert.equal((await accountAt(browser, issuer, 'grace')).status, 'connected')
    assert.equal((await accountAt(browser, issuer, 'none')).status, 'needs_reconnect')
  })

  test('and what was lost is there again once the person connects again', async () => {
    const { issuer } = house
    await connectAccount(browser, { issuer, name: 'none', as: AT_THE_CRM.dana })
    assert.equal((await contacts(issuer, 'none', tokens.none)).status, 200)
    const { journal, counts } = desks.none.crm
    assert.deepEqual([counts.codes_redeemed, journal.at(-1)?.family], [2, 'fam_2'])
    assert.equal(desks.none.crm.endGrants({ user: AT_THE_CRM.dana.email }), 1, 'one grant is alive, not two')
  })
})
