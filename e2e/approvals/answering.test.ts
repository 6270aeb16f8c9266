// Who may answer, from where, and when: everybody else is refused, and what was decided stays decided.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { api, clientCredentials } from '../testing/api.ts'
import { answer, approvalIn, asPerson, signedIn } from '../testing/approving.ts'
import { Browser, type Person } from '../testing/browser.ts'
import { eventually } from '../testing/eventually.ts'
import { eachHouse } from '../testing/house.ts'
import { BOOTSTRAP } from '../testing/server.ts'
import { PASSWORD, signInAt, tokenRequest } from '../testing/shop.ts'
import { type Desk, openDesk } from './testing/desk.ts'

const ADMIN: Person = {
  email: BOOTSTRAP.MANDATE_BOOTSTRAP_ADMIN_EMAIL,
  password: BOOTSTRAP.MANDATE_BOOTSTRAP_ADMIN_PASSWORD,
}

eachHouse(
  'an answer',
  (house) => {
    let desk: Desk
    let agent: { id: string; secret: string; redirect: string }
    const body = (note: string) => ({ amount: 1, note })
    const isPending = async (id: string) => assert.equal((await desk.look(id)).status, 'pending')

    /** Asked at the start, so that their time is over at the end. */
    let late = ''
    let unused = ''

    before(async () => {
      desk = await openDesk(house)
      await desk.grant({ approval: { approvers: 'user', ttl_seconds: 30 } })
      late = await desk.asks(body('late'))
      unused = await desk.asks(body('unused'))
      await desk.say(unused, 'approve')
    })
    after(() => desk?.close())
    beforeEach(async () => {
      agent = await desk.anotherAgent()
    })

    async function person(name: string): Promise<Person & { id: string; browser: Browser }> {
      const email = `${name}@example.com`
      const { id } = await house.shop.admin.must('POST', '/api/v1/users', { email, name, password: PASSWORD })
      return { id, email, password: PASSWORD, browser: await signedIn(house.issuer, { email, password: PASSWORD }) }
    }
    const says = (browser: Browser, id: string, say: 'approve' | 'deny', more: object = {}) =>
      answer(browser, { issuer: house.issuer, id, say, body: more })
    async function group(name: string, members: { id: string }[]): Promise<string> {
      const { id } = await house.shop.admin.must('POST', '/api/v1/groups', { name })
      for (const member of members) await house.shop.admin.must('PUT', `/api/v1/groups/${id}/members/${member.id}`)
      return id
    }

    test('is not given with any token that an agent has or can get', async () => {
      const { issuer, shop } = house
      const id = await desk.asks(body('own tokens'))
      const own = await signInAt(issuer, { agent, person: shop.dana })
      const tokens: Record<string, string | undefined> = {
        'at the connection': desk.token,
        subject: own.access_token,
        identity: own.id_token,
        refresh: own.refresh_token,
        'of its own business': (
          await clientCredentials(issuer, { ...agent, resource: `${issuer}/mcp/bank`, scope: 'use' })
        ).body.access_token,
      }
      for (const [name, token] of Object.entries(tokens)) {
        if (name !== 'refresh') assert.equal(typeof token, 'string', name)
        for (const say of ['approve', 'deny'])
          assert.equal(
            (await api(issuer, token ?? 'none').call('POST', `/api/v1/approvals/${id}/${say}`, {})).status,
            401,
          )
        assert.equal((await api(issuer, token ?? 'none').call('GET', `/api/v1/approvals/${id}`)).status, 401, name)
      }
      // And there is no token for the API that an agent is given, by whatever grant.
      const api_ = `${issuer}/api`
      const forms: Record<string, string>[] = [
        { grant_type: 'client_credentials', resource: api_, scope: 'approvals:write' },
        { grant_type: 'client_credentials', resource: api_, scope: 'admin' },
        {
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: own.access_token,
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          resource: api_,
        },
        { grant_type: 'refresh_token', refresh_token: own.refresh_token ?? '', resource: api_ },
      ]
      for (const form of forms) {
        const { status, body } = await tokenRequest(issuer, agent, form)
        assert.ok(status >= 400, `${form.grant_type}: ${JSON.stringify(body)}`)
      }
      await assert.rejects(signInAt(issuer, { agent, person: shop.dana, resource: api_, scope: 'openid admin' }))
      await isPending(id)
    })

    test('is not given by another person, an administrator, an owner who is not asked, or a machine', async () => {
      const { issuer, shop } = house
      const owner = await person('owner')
      await shop.admin.must('PATCH', `/api/v1/agents/${agent.id}`, { owners: [owner.id, shop.owner] })
      const id = await desk.asks(body('only the user'))
      const eve = await signedIn(issuer, shop.eve)
      assert.equal((await says(eve, id, 'approve')).status, 404, 'what is not yours is not found')
      const ada = await signedIn(issuer, ADMIN)
      const seen = await asPerson(ada, { issuer, method: 'GET', path: `/approvals/${id}` })
      for (const browser of [ada, owner.browser])
        assert.match(String((await says(browser, id, 'approve')).status), /^40[34]$/)
      assert.notEqual(seen.body.may_answer, true)
      for (const say of ['approve', 'deny'])
        assert.equal((await shop.admin.call('POST', `/api/v1/approvals/${id}/${say}`, {})).status, 403)
      await isPending(id)
      await desk.grant({ approval: { approvers: 'owners' } }, agent.id)
      const theirs = await desk.asks(body('only the owners'))
      assert.match(String((await desk.say(theirs, 'approve')).status), /^40[34]$/, 'now the user is not asked')
      assert.equal((await says(owner.browser, theirs, 'approve')).status, 200)
    })

    test('does not come from another site, without a session, or to another hash', async () => {
      const { issuer } = house
      const id = await desk.asks(body('elsewhere'))
      for (const headers of [
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { origin: issuer.replace('localhost', 'localhost.evil.example') },
        { origin: issuer, 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ]) {
        const { status } = await desk.browser.request(`${issuer}/api/v1/approvals/${id}/approve`, {
          ...{ method: 'POST', body: '{}', headers: { 'content-type': 'application/json', ...headers } },
        })
        assert.equal(status, 403, JSON.stringify(headers))
      }
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        const { status } = await desk.browser.request(`${issuer}/api/v1/approvals/${id}/approve`, {
          ...{ method: 'POST', body: 'hash=x', headers: { 'content-type': type } },
        })
        assert.equal(status, 415, type)
      }
      const got = await desk.browser.request(`${issuer}/api/v1/approvals/${id}/approve`)
      assert.ok(got.status === 404 || got.status === 405, String(got.status))
      assert.equal((await says(new Browser(), id, 'approve')).status, 401)
      const { hash } = await desk.look(id)
      for (const wrong of [`${hash.slice(0, -1)}${hash.endsWith('A') ? 'B' : 'A'}`, hash.toLowerCase(), '', 'x'])
        assert.equal((await desk.say(id, 'approve', { hash: wrong })).status, 400, wrong)
      await isPending(id)
      assert.equal((await desk.say(id, 'approve', { hash })).status, 200)
    })

    test('is not given twice, not after the other one, and not after the time is over', async () => {
      const yes = await desk.asks(body('twice'))
      assert.equal((await desk.say(yes, 'approve')).status, 200)
      assert.equal((await desk.say(yes, 'approve')).status, 409)
      const no = await desk.asks(body('no'))
      assert.equal((await desk.say(no, 'deny')).status, 200)
      for (const say of ['approve', 'deny'] as const) assert.equal((await desk.say(no, say)).status, 409)
      assert.deepEqual((await desk.pay(body('no'))).body.reasons, ['approval_denied'])
      // A yes may be taken back while it was not used: then it is a no, and is shown as one.
      assert.equal((await desk.say(yes, 'deny')).status, 200)
      const seen = await desk.look(yes)
      assert.deepEqual([seen.status, seen.answers.map((one: { answer: string }) => one.answer)], ['denied', ['deny']])
      assert.deepEqual((await desk.pay(body('twice'))).body.reasons, ['approval_denied'])
      const used = await desk.asks(body('used'))
      await desk.say(used, 'approve')
      assert.equal((await desk.pay(body('used'))).status, 200)
      for (const say of ['approve', 'deny'] as const) assert.equal((await desk.say(used, say)).status, 409)
      assert.deepEqual([desk.acts('twice'), desk.acts('"no"'), desk.acts('used')], [0, 0, 1])
    })

    test('of one of two is half a quorum: nobody counts twice, and nobody who has left counts', async () => {
      const [ann, ben, cem] = [await person('ann'), await person('ben'), await person('cem')]
      const id = await group('payers', [ann, ben, cem])
      await desk.grant({ approval: { approvers: { group: id }, quorum: 2 } }, agent.id)
      const asked = await desk.asks(body('quorum'))
      assert.equal((await desk.say(asked, 'approve')).status, 403, 'the user may look, and is not asked')
      assert.equal((await says(ann.browser, asked, 'approve')).status, 200)
      assert.equal((await says(ann.browser, asked, 'approve')).status, 409)
      const again = await signedIn(house.issuer, ann)
      assert.equal((await says(again, asked, 'approve')).status, 409, 'nor from another session')
      assert.equal((await desk.pay(body('quorum'))).body.code, 'approval_required')
      await house.shop.admin.must('DELETE', `/api/v1/groups/${id}/members/${ann.id}`)
      const second = await says(ben.browser, asked, 'approve')
      assert.deepEqual([second.status, second.body.status], [200, 'pending'], 'who has left does not count')
      assert.equal((await desk.pay(body('quorum'))).body.code, 'approval_required')
      const third = await says(cem.browser, asked, 'approve')
      assert.deepEqual([third.status, third.body.status], [200, 'approved'])
      assert.equal((await desk.pay(body('quorum'))).status, 200)
      const racing = await desk.asks(body('both at once'))
      const both = await Promise.all([ben, cem].map(({ browser }) => says(browser, racing, 'approve')))
      assert.deepEqual(
        both.map(({ status }) => status),
        [200, 200],
      )
      assert.equal((await desk.pay(body('both at once'))).status, 200, 'two yeses at once are two')
      const denied = await desk.asks(body('one no'))
      await says(ben.browser, denied, 'approve')
      assert.equal((await says(cem.browser, denied, 'deny')).body.status, 'denied')
      assert.deepEqual((await desk.pay(body('one no'))).body.reasons, ['approval_denied'])
    })

    test('is one answer where twenty are given at once by two people', async () => {
      const [dora, emil] = [await person('dora'), await person('emil')]
      await desk.grant({ approval: { approvers: { group: await group('pair', [dora, emil]) } } }, agent.id)
      for (let round = 0; round < 4; round++) {
        const id = await desk.asks(body(`race ${round}`))
        const all = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            says(n % 2 === 0 ? dora.browser : emil.browser, id, n % 4 < 2 ? 'approve' : 'deny'),
          ),
        )
        assert.ok(all.every(({ status }) => status === 200 || status === 409))
        const given = all.filter(({ status }) => status === 200).map(({ body }) => body.status)
        const { body: seen } = await asPerson(dora.browser, {
          ...{ issuer: house.issuer, method: 'GET', path: `/approvals/${id}` },
        })
        // A no after the yes takes it back; nothing takes back a no.
        assert.ok(given.length === 1 || (given.length === 2 && given.includes('approved')), given.join())
        assert.equal(seen.status, given.includes('denied') ? 'denied' : 'approved')
        const used = await desk.pay(body(`race ${round}`))
        assert.equal(used.status === 200, seen.status === 'approved', used.text)
      }
    })

    test('rests as long as the terms say: the call waits, and a no meanwhile stops it', async () => {
      await desk.grant({ approval: { approvers: 'user', ttl_seconds: 60, hold_seconds: 5 } }, agent.id)
      const held = desk.pay(body('rests'), { wait: 20 })
      const id = await desk.waiting('rests')
      const began = performance.now()
      await desk.say(id, 'approve')
      assert.equal((await desk.pay(body('rests'))).body.code, 'approval_required', 'not before its time')
      assert.equal((await held).status, 200)
      assert.ok(performance.now() - began >= 4_800, 'it went through before it had rested')
      const stopped = desk.pay(body('stopped'), { wait: 20 })
      const other = await desk.waiting('stopped')
      await desk.say(other, 'approve')
      assert.equal((await desk.say(other, 'deny')).status, 200)
      assert.deepEqual((await stopped).body.reasons, ['approval_denied'])
      assert.deepEqual([desk.acts('rests'), desk.acts('stopped')], [1, 0])
      const useless = await house.shop.admin.call(
        ...(['PUT', `/api/v1/agents/${agent.id}/managed-connections/${desk.connection}`] as const),
        { default: 'approval', approval: { approvers: 'user', ttl_seconds: 60, hold_seconds: 60 } },
      )
      assert.equal(useless.status, 400, 'a yes that can never be used is refused where it is configured')
    })

    test('after the time is over changes nothing, for a question and for a yes that nobody used', async () => {
      desk.token = await desk.tokenFor({ person: house.shop.dana })
      const expired = async (id: string) =>
        eventually(async () => ((await desk.look(id)).status === 'expired' ? true : undefined), 40_000)
      await Promise.all([expired(late), expired(unused)])
      for (const say of ['approve', 'deny'] as const)
        for (const id of [late, unused]) assert.equal((await desk.say(id, say)).status, 409)
      const again = await desk.pay(body('unused'))
      assert.equal(again.body.code, 'approval_required')
      assert.notEqual(approvalIn(again.text), unused, 'an old yes is no yes')
      assert.deepEqual([desk.acts('late'), desk.acts('unused')], [0, 0])
    })
  },
  { records: false },
)
