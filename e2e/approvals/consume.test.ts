// Enforcement points of others use a yes through the API: once, for its hash, and never beside the gateway.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type Api, api, clientCredentials } from '../testing/api.ts'
import { answer, asPerson, signedIn } from '../testing/approving.ts'
import { eachHouse } from '../testing/house.ts'
import { PASSWORD } from '../testing/shop.ts'
import { type Desk, openDesk } from './testing/desk.ts'

eachHouse(
  'an approval used by a service',
  (house) => {
    let desk: Desk
    let service: Api
    let reader: Api
    let agent: { id: string; secret: string; redirect: string }
    const body = (note: string) => ({ amount: 1, note })
    const consume = (by: Api, id: string, hash: string) => by.call('POST', `/api/v1/approvals/${id}/consume`, { hash })

    async function approved(note: string): Promise<{ id: string; hash: string }> {
      const id = await desk.asks(body(note))
      const { hash } = await desk.look(id)
      assert.equal((await desk.say(id, 'approve', { hash })).status, 200)
      return { id, hash }
    }
    async function serviceWith(scope: string): Promise<Api> {
      const { client_id, client_secret } = await house.shop.admin.must('POST', '/api/v1/clients', {
        ...{ name: scope, type: 'service', redirect_uris: [], access: { [`${house.issuer}/api`]: [scope] } },
      })
      const { body } = await clientCredentials(house.issuer, {
        ...{ id: client_id, secret: client_secret, resource: `${house.issuer}/api`, scope },
      })
      return api(house.issuer, body.access_token)
    }

    before(async () => {
      desk = await openDesk(house)
      service = await serviceWith('approvals:write')
      reader = await serviceWith('approvals:read')
    })
    after(() => desk?.close())
    beforeEach(async () => {
      agent = await desk.anotherAgent()
    })

    test('is used once, and the gateway finds it used', async () => {
      const { id, hash } = await approved('elsewhere')
      const used = await consume(service, id, hash)
      assert.deepEqual([used.status, used.body.status], [200, 'consumed'], JSON.stringify(used.body))
      const again = await consume(service, id, hash)
      assert.deepEqual([again.status, again.body.reason], [409, 'consumed'])
      const asked = await desk.pay(body('elsewhere'))
      assert.equal(asked.body.code, 'approval_required')
      assert.notEqual(asked.body.approval.id, id)
      assert.equal(desk.acts('elsewhere'), 0)
    })

    test('is not used with another hash, before the yes, after the no, or by who may not', async () => {
      const { id, hash } = await approved('guarded')
      const other = (await desk.look(await desk.asks(body('other')))).hash
      for (const wrong of [other, hash.slice(1), `${hash}=`, hash.toUpperCase(), 'x']) {
        const { status, body } = await consume(service, id, wrong)
        assert.deepEqual([status, body.reason], [409, 'hash_differs'], wrong)
      }
      assert.equal((await consume(service, id, '')).status, 400)
      assert.equal((await consume(reader, id, hash)).status, 403)
      assert.equal((await consume(api(house.issuer, desk.token), id, hash)).status, 401)
      const dana = await asPerson(desk.browser, {
        ...{ issuer: house.issuer, method: 'POST', path: `/approvals/${id}/consume`, body: { hash } },
      })
      assert.equal(dana.status, 403, 'nor by the person who said yes')
      const eve = await signedIn(house.issuer, house.shop.eve)
      const path = `/approvals/${id}/consume`
      const hers = await asPerson(eve, { issuer: house.issuer, method: 'POST', path, body: { hash } })
      assert.equal(hers.status, 403)
      assert.equal((await consume(service, `apr_${'0'.repeat(26)}`, hash)).status, 404)
      const waits = await desk.asks(body('waits'))
      const { hash: waiting } = await desk.look(waits)
      assert.equal((await consume(service, waits, waiting)).body.reason, 'pending')
      await desk.say(waits, 'deny')
      assert.equal((await consume(service, waits, waiting)).body.reason, 'denied')
      assert.equal((await desk.look(id)).status, 'approved', 'nothing of this used it up')
    })

    test('is not used after its agent was suspended, whatever became of it since', async () => {
      const { id, hash } = await approved('suspended')
      await house.shop.admin.must('POST', `/api/v1/agents/${agent.id}/suspend`, { reason: 'x' })
      assert.equal((await consume(service, id, hash)).body.reason, 'cancelled')
      await house.shop.admin.must('POST', `/api/v1/agents/${agent.id}/activate`, {})
      assert.equal((await consume(service, id, hash)).body.reason, 'cancelled')
    })

    test('is not used with the yes of somebody whose access was ended since', async () => {
      const { admin } = house.shop
      const email = 'lea@example.com'
      const { id: user } = await admin.must('POST', '/api/v1/users', { email, name: 'Lea', password: PASSWORD })
      const { id: group } = await admin.must('POST', '/api/v1/groups', { name: 'lea alone' })
      await admin.must('PUT', `/api/v1/groups/${group}/members/${user}`)
      await desk.grant({ approval: { approvers: { group } } }, agent.id)
      const id = await desk.asks(body('of lea'))
      const { hash } = await desk.look(id)
      const lea = await signedIn(house.issuer, { email, password: PASSWORD })
      assert.equal((await answer(lea, { issuer: house.issuer, id, say: 'approve' })).body.status, 'approved')
      await admin.must('POST', `/api/v1/users/${user}/deactivate`)
      for (let tries = 0; tries < 2; tries++)
        assert.deepEqual((await consume(service, id, hash)).body.reason, 'cancelled')
      await admin.must('POST', `/api/v1/users/${user}/reactivate`)
      assert.deepEqual((await consume(service, id, hash)).body.reason, 'cancelled')
    })

    test('is used by one where a service and the gateway reach for it at once', async () => {
      for (let round = 0; round < 8; round++) {
        const note = `both ${round}`
        const { id, hash } = await approved(note)
        const racing = Array.from({ length: 10 }, (_, n) =>
          n % 2 === round % 2 ? desk.pay(body(note)) : consume(service, id, hash),
        )
        const won = (await Promise.all(racing)).filter(({ status }) => status === 200)
        assert.equal(won.length, 1)
        const [winner] = won
        const byService = winner?.body.status === 'consumed'
        assert.equal(desk.acts(note), byService ? 0 : 1)
        // Whoever came too late asked anew.
        for (const { id: more } of (
          await asPerson(desk.browser, { issuer: house.issuer, method: 'GET', path: '/approvals?status=pending' })
        ).body.items)
          await desk.say(more, 'deny')
      }
    })
  },
  { records: false },
)
