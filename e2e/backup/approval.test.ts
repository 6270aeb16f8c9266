// A backup is older than what happened since: a yes that was used after it, a question that was answered after it.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Desk, openDesk } from '../approvals/testing/desk.ts'
import { machineApi } from '../testing/api.ts'
import { answer, asPerson, signedIn } from '../testing/approving.ts'
import type { Browser } from '../testing/browser.ts'
import { mandate } from '../testing/cli.ts'
import { eachHouse } from '../testing/house.ts'
import { temporaryFolder } from '../testing/server.ts'

eachHouse('an approval that a backup knows', (house) => {
  let desk: Desk
  let place = { path: '', remove: async () => {} }
  /** As they stood in the backup: said yes to and not used, and waiting for an answer. */
  let approved: string
  let waiting: string
  let dana: Browser
  const used = { amount: 40_000, note: 'used after the backup' }
  const asked = { amount: 50_000, note: 'answered after the backup' }
  const file = () => join(place.path, 'one.mandate')
  const where = () => ({ env: house.server.env, cwd: place.path })
  const look = async (id: string) =>
    (await asPerson(dana, { issuer: house.issuer, method: 'GET', path: `/approvals/${id}` })).body

  before(async () => {
    place = await temporaryFolder()
    desk = await openDesk(house)
    waiting = await desk.asks(asked)
    approved = await desk.asks(used)
    assert.equal((await desk.say(approved, 'approve')).status, 200)
    const made = await mandate(['backup', file()], where())
    assert.equal(made.code, 0, made.err)
  })
  after(async () => {
    await desk?.close()
    await place.remove()
  })

  test('is used, and another answered and used, after the backup', async () => {
    assert.ok((await desk.pay(used)).status < 300)
    assert.equal((await desk.say(waiting, 'approve')).status, 200)
    assert.ok((await desk.pay(asked)).status < 300)
    assert.deepEqual([desk.acts(used.note), desk.acts(asked.note)], [1, 1])
  })

  test('is not there again for a second use once the house is put back', async () => {
    await house.server.stop()
    const restored = await mandate(['restore', file(), '--replace'], where())
    assert.equal(restored.code, 0, restored.err)
    await house.restart()
    house.shop.admin = await machineApi(house.issuer)
    dana = await signedIn(house.issuer, house.shop.dana)
    const old = desk.token
    for (const [body, id] of [
      [used, approved],
      [asked, waiting],
    ] as const) {
      assert.equal((await desk.pay(body, { token: old })).status, 401, 'the token of before is dead')
      assert.equal((await look(id)).status, 'cancelled')
      const late = await answer(dana, { issuer: house.issuer, id, say: 'approve' })
      assert.equal(late.status, 409, JSON.stringify(late.body))
    }
    await desk.renew()
    for (const [body, id] of [
      [used, approved],
      [asked, waiting],
    ] as const) {
      const again = await desk.pay(body)
      assert.equal(again.status, 403, again.text)
      assert.equal(again.body.code, 'approval_required')
      assert.notEqual(again.body.approval.id, id)
      assert.equal(desk.acts(body.note), 1)
    }
  })

  test('is asked anew, and a new yes is used once', async () => {
    const id = await desk.asks(used)
    assert.equal((await answer(dana, { issuer: house.issuer, id, say: 'approve' })).status, 200)
    assert.ok((await desk.pay(used)).status < 300)
    assert.equal((await desk.pay(used)).status, 403)
    assert.equal(desk.acts(used.note), 2)
  })
})
