// What a request stands on can end: then nothing that was asked is done, whatever was answered, and whoever waits is let go.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type Asked, answer, approvalIn, callHttp, signedIn } from '../testing/approving.ts'
import { Browser, type Person } from '../testing/browser.ts'
import { claimsOf } from '../testing/claims.ts'
import { eventually } from '../testing/eventually.ts'
import { eachHouse } from '../testing/house.ts'
import { rawMcp } from '../testing/mcp.ts'
import { endpoint, exchange, MCP_PASSWORD, MCP_USER, PASSWORD, signInAt } from '../testing/shop.ts'
import { type Desk, openDesk } from './testing/desk.ts'
import { alsoBelow, startUpstream } from './testing/upstream.ts'

eachHouse(
  'a request of which something ended',
  (house) => {
    let desk: Desk
    let agent: { id: string; secret: string; redirect: string }
    const body = (note: string) => ({ amount: 1, note })
    const agents = (verb: string) =>
      house.shop.admin.must('POST', `/api/v1/agents/${agent.id}/${verb}`, verb === 'activate' ? {} : { reason: 'x' })

    before(async () => {
      desk = await openDesk(house)
    })
    after(() => desk?.close())
    beforeEach(async () => {
      agent = await desk.anotherAgent()
    })

    /** One that waits and one that was approved; `end` happens; neither opens anything, for old tokens or new ones. */
    async function afterwards(name: string, end: () => Promise<unknown>, renew: () => Promise<string>): Promise<void> {
      const waits = await desk.asks(body(`${name} waits`))
      const approved = await desk.asks(body(`${name} approved`))
      assert.equal((await desk.say(approved, 'approve')).status, 200)
      await end()
      const refused = await desk.say(waits, 'approve')
      for (const note of [`${name} waits`, `${name} approved`]) {
        const old = await desk.pay(body(note))
        assert.ok(old.status >= 400, old.text)
      }
      const token = await renew()
      for (const [note, id] of [
        [`${name} waits`, waits],
        [`${name} approved`, approved],
      ] as const) {
        const seen = await desk.pay(body(note), { token })
        assert.ok(seen.status >= 400, seen.text)
        assert.ok(!seen.text.includes(id), `${name}: the old request still counts`)
        assert.equal(desk.acts(note), 0)
      }
      assert.ok(refused.status === 409 || refused.status === 200, String(refused.status))
    }

    test('ends with the agent’s suspension, and does not begin again with its activation', async () => {
      await afterwards(
        'suspended',
        () => agents('suspend'),
        async () => {
          await agents('activate')
          return desk.tokenFor({ person: house.shop.dana, agent })
        },
      )
    })

    test('ends with the session that it came of', async () => {
      const browser = new Browser()
      desk.token = await desk.tokenFor({ person: house.shop.dana, agent, browser })
      await afterwards(
        'signed out',
        async () => {
          const left = await browser.post(`${house.issuer}/sign-out`, {})
          assert.equal(left.status, 303)
        },
        () => desk.tokenFor({ person: house.shop.dana, agent }),
      )
    })

    test('ends when the managed connection says never, and when others must be asked', async () => {
      await afterwards(
        'never',
        () => desk.grant({ default: 'never', scopes: { 'POST /send': 'approval' } }, agent.id),
        async () => {
          const token = await desk.tokenFor({ person: house.shop.dana, agent })
          const never = await desk.pay(body('never approved'), { token })
          assert.deepEqual(never.body.reasons, ['never:POST /pay'])
          await desk.grant({}, agent.id)
          return desk.tokenFor({ person: house.shop.dana, agent })
        },
      )
    })

    test('does not open with a yes of those who would not be asked any more', async () => {
      const { admin } = house.shop
      const approved = await desk.asks(body('laxer terms'))
      const waits = await desk.asks(body('laxer waits'))
      await desk.say(approved, 'approve')
      const held = desk.pay(body('laxer held'), { wait: 20 })
      const heldId = await desk.waiting('laxer held')
      const { id: group } = await admin.must('POST', '/api/v1/groups', { name: 'the strict' })
      await desk.grant({ approval: { approvers: ['owners', { group }], quorum: 2 } }, agent.id)
      await desk.say(heldId, 'approve')
      assert.equal((await held).body.code, 'approval_required')
      await desk.say(waits, 'approve')
      for (const [note, id] of [
        ['laxer terms', approved],
        ['laxer waits', waits],
        ['laxer held', heldId],
      ] as const) {
        const asked = await desk.pay(body(note))
        assert.equal(asked.body.code, 'approval_required', asked.text)
        assert.notEqual(approvalIn(asked.text), id)
        assert.equal((await desk.say(approvalIn(asked.text), 'approve')).status, 403, 'the user is not asked any more')
        assert.equal(desk.acts(note), 0)
      }
    })

    test('does not go to another place than the one that was shown', async () => {
      const { admin } = house.shop
      const elsewhere = await startUpstream()
      try {
        const approved = await desk.asks(body('moved'))
        await desk.say(approved, 'approve')
        const held = desk.pay(body('moved held'), { wait: 20 })
        const heldId = await desk.waiting('moved held')
        for (const upstream of [elsewhere.url, `${desk.upstream.url}/v2`]) {
          await admin.must('PATCH', `/api/v1/connections/${desk.connection}`, { upstream })
          const asked = await desk.pay(body('moved'))
          assert.equal(asked.body.code, 'approval_required')
          assert.notEqual(approvalIn(asked.text), approved)
        }
        await desk.say(heldId, 'approve')
        assert.ok((await held).status >= 400)
        assert.deepEqual([elsewhere.ledger.length, desk.acts('moved')], [0, 0])
      } finally {
        await admin.must('PATCH', `/api/v1/connections/${desk.connection}`, { upstream: desk.upstream.url })
        await elsewhere.close()
      }
    })

    test('over MCP does not go to another path of the same host either', async () => {
      const { admin, connections, dana } = house.shop
      await admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${connections.mcp}`, {
        ...{ default: 'approval', approval: { approvers: 'user' } },
      })
      const { access_token } = await signInAt(house.issuer, { agent, person: dana })
      const { body: issued } = await exchange(house.issuer, agent, access_token, `${house.issuer}/mcp/orders`)
      const call = async () => {
        const { session } = await rawMcp(house.issuer, 'orders', issued.access_token)
        const params = { name: 'list_orders', arguments: {} }
        const said = await fetch(`${house.issuer}/mcp/orders`, {
          method: 'POST',
          headers: {
            ...{ authorization: `Bearer ${issued.access_token}`, 'content-type': 'application/json', prefer: 'wait=0' },
            ...{ accept: 'application/json, text/event-stream', 'mcp-session-id': session },
          },
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
        })
        return said.text()
      }
      const path = `/api/v1/connections/${connections.mcp}`
      const credential = { type: 'basic', username: MCP_USER, password: MCP_PASSWORD }
      const host = await alsoBelow(house.upstreams.mcp)
      try {
        await admin.must('PATCH', path, { upstream: `${host.url}/mcp`, credential })
        const approved = approvalIn(await call())
        await desk.say(approved, 'approve')
        await admin.must('PATCH', path, { upstream: `${host.url}/v2/mcp` })
        const moved = await call()
        assert.notEqual(approvalIn(moved), approved)
        assert.match(moved, /approval_required/)
        await admin.must('PATCH', path, { upstream: `${host.url}/mcp` })
        assert.match(await call(), /"result"/, 'and back again it is what was shown')
      } finally {
        await admin.must('PATCH', path, { upstream: house.upstreams.mcp, credential })
        await host.close()
      }
    })

    test('lets a held call go at once when its agent is suspended', async () => {
      const held = desk.pay(body('held and stopped'), { wait: 40 })
      const id = await desk.waiting('held and stopped')
      const began = performance.now()
      await agents('suspend')
      const ended = await held
      assert.ok(performance.now() - began < 20_000, 'it was held on')
      assert.deepEqual([ended.status, ended.body.reasons], [403, ['access_ended']], ended.text)
      assert.equal((await desk.say(id, 'approve')).status, 409)
      assert.equal(desk.acts('held and stopped'), 0)
    })

    test('is not done for a client that has gone, and its yes is kept for the client’s return', async () => {
      const gone = new AbortController()
      const { token } = desk
      const left = fetch(`${house.issuer}/proxy/bank/pay`, {
        ...{ method: 'POST', body: JSON.stringify(body('left')), signal: gone.signal },
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', prefer: 'wait=40' },
      })
      const id = await desk.waiting('left')
      gone.abort()
      await assert.rejects(left)
      // Its end is written as soon as it is let go.
      await eventually(async () => {
        const { items } = await house.shop.admin.must('GET', `/api/v1/audit/events?approval=${id}`)
        return items.some(({ kind }: { kind: string }) => kind === 'outcome') || undefined
      })
      await desk.say(id, 'approve')
      assert.equal((await desk.look(id)).status, 'approved')
      assert.equal(desk.acts('left'), 0)
      assert.equal((await desk.pay(body('left'))).status, 200)
      assert.equal(desk.acts('left'), 1)
    })

    const logOut = (type: string, id: string) =>
      house.shop.admin.must('POST', '/api/v1/universal-logout', { subject: { type, id }, reason: 'stolen' })
    async function approver(name: string): Promise<Person & { id: string; browser: Browser }> {
      const email = `${name}@example.com`
      const { id } = await house.shop.admin.must('POST', '/api/v1/users', { email, name, password: PASSWORD })
      return { id, email, password: PASSWORD, browser: await signedIn(house.issuer, { email, password: PASSWORD }) }
    }
    const says = (browser: Browser, id: string) => answer(browser, { issuer: house.issuer, id, say: 'approve' })
    async function asksGroup(name: string, members: { id: string }[], quorum = 1): Promise<string> {
      const { id } = await house.shop.admin.must('POST', '/api/v1/groups', { name })
      for (const one of members) await house.shop.admin.must('PUT', `/api/v1/groups/${id}/members/${one.id}`)
      await desk.grant({ approval: { approvers: { group: id }, quorum } }, agent.id)
      return id
    }

    test('does not open with the yes of somebody whose access was ended since, whatever became of them', async () => {
      const { admin } = house.shop
      const ways: Record<string, (one: { id: string }, session: string) => Promise<unknown>> = {
        'logged out': ({ id }) => logOut('user', id),
        'session ended': (_, session) => logOut('session', session),
        deactivated: ({ id }) => admin.must('POST', `/api/v1/users/${id}/deactivate`),
        'back again': async ({ id }) => {
          await admin.must('POST', `/api/v1/users/${id}/deactivate`)
          await admin.must('POST', `/api/v1/users/${id}/reactivate`)
        },
      }
      for (const [way, end] of Object.entries(ways)) {
        const one = await approver(way.replace(' ', '-'))
        await asksGroup(way, [one])
        const asked = await desk.asks(body(way))
        assert.equal((await says(one.browser, asked)).body.status, 'approved')
        const theirs = await desk.tokenFor({ person: one, agent, browser: one.browser })
        await end(one, String(claimsOf(theirs).sid))
        const again = await desk.pay(body(way))
        assert.equal(again.body.code, 'approval_required', `${way}: ${again.text}`)
        assert.notEqual(approvalIn(again.text), asked, way)
        const seen = await admin.must('GET', `/api/v1/approvals/${asked}`)
        assert.equal(seen.status, 'cancelled', way)
        if (way.includes('out') || way.includes('session')) assert.ok(seen.answers[0].taken_back_at, way)
        assert.equal(desk.acts(way), 0)
      }
    })

    test('opens with the yes of somebody who signed out, or left the group, after they gave it', async () => {
      const one = await approver('leaves')
      const group = await asksGroup('left', [one])
      const asked = [await desk.asks(body('signed out after')), await desk.asks(body('left after'))]
      for (const id of asked) assert.equal((await says(one.browser, id)).body.status, 'approved')
      assert.equal((await one.browser.post(`${house.issuer}/sign-out`, {})).status, 303)
      assert.equal((await desk.pay(body('signed out after'))).status, 200)
      await house.shop.admin.must('DELETE', `/api/v1/groups/${group}/members/${one.id}`)
      assert.equal((await desk.pay(body('left after'))).status, 200)
    })

    test('does not count a yes that was taken back toward a quorum, until the same person says it again', async () => {
      const [ina, jon] = [await approver('ina'), await approver('jon')]
      await asksGroup('two of them', [ina, jon], 2)
      const asked = await desk.asks(body('half taken back'))
      await says(ina.browser, asked)
      await logOut('user', ina.id)
      assert.equal((await says(ina.browser, asked)).status, 401)
      assert.equal((await says(jon.browser, asked)).body.status, 'pending')
      assert.equal((await desk.pay(body('half taken back'))).body.code, 'approval_required')
      const again = await signedIn(house.issuer, ina)
      assert.equal((await says(again, asked)).body.status, 'approved')
      assert.equal((await desk.pay(body('half taken back'))).status, 200)
      assert.equal(desk.acts('half taken back'), 1)
    })

    test('does not open while it rests either, once whoever said yes was logged out', async () => {
      const kim = await approver('kim')
      const { id: group } = await house.shop.admin.must('POST', '/api/v1/groups', { name: 'resting' })
      await house.shop.admin.must('PUT', `/api/v1/groups/${group}/members/${kim.id}`)
      await desk.grant({ approval: { approvers: { group }, ttl_seconds: 60, hold_seconds: 5 } }, agent.id)
      const held = desk.pay(body('rests and falls'), { wait: 20 })
      const id = await desk.waiting('rests and falls')
      assert.equal((await says(kim.browser, id)).body.status, 'approved')
      await logOut('user', kim.id)
      assert.ok((await held).status >= 400)
      assert.equal(desk.acts('rests and falls'), 0)
    })

    test('is off everybody’s list when its agent is suspended or retired, or its person takes their yes back', async () => {
      const ways: Record<string, () => Promise<unknown>> = {
        suspended: () => agents('suspend'),
        retired: () => agents('retire'),
        withdrawn: async () => {
          const path = `${house.issuer}/api/v1/me/agents/${agent.id}`
          assert.equal((await desk.browser.request(path, { method: 'DELETE' })).status, 204)
        },
      }
      for (const [way, end] of Object.entries(ways)) {
        agent = await desk.anotherAgent()
        // Nobody assigned it to her: it acts by her own yes, which she can take back.
        const assigned = { users: [house.shop.owner] }
        await house.shop.admin.must('PATCH', `/api/v1/agents/${agent.id}`, { assigned })
        desk.token = await desk.tokenFor({ person: house.shop.dana, agent })
        const waits = await desk.asks(body(`${way} waits`))
        const { body: asked } = await endpoint(house.issuer, '/bc-authorize', agent, {
          ...{ login_hint: house.shop.dana.id, scope: 'openid', binding_message: way },
        })
        assert.ok(asked.auth_req_id, JSON.stringify(asked))
        await end()
        assert.equal((await desk.look(waits)).status, 'cancelled', way)
        const listed = await desk.browser.request(`${house.issuer}/api/v1/approvals?status=pending&limit=200`)
        const { items } = (await listed.json()) as { items: { verified: { agents: { id: string }[] } }[] }
        assert.ok(!items.some(({ verified }) => verified.agents[0]?.id === agent.id), `${way}: still listed`)
      }
    })

    test('ends with the person it was for, and an approver who was deactivated says nothing any more', async () => {
      const { admin } = house.shop
      const email = 'fay@example.com'
      const { id } = await admin.must('POST', '/api/v1/users', { email, name: 'Fay', password: PASSWORD })
      const fay = { email, password: PASSWORD }
      const browser = await signedIn(house.issuer, fay)
      const token = await desk.tokenFor({ person: fay, agent })
      const calls = (note: string, more: { wait?: number; token?: string } = {}): Promise<Asked> =>
        callHttp(house.issuer, { token, path: 'bank/pay', body: body(note), ...more })
      const says = (approval: string) => answer(browser, { issuer: house.issuer, id: approval, say: 'approve' })
      const approved = approvalIn((await calls('fay approved')).text)
      await says(approved)
      const waits = approvalIn((await calls('fay waits')).text)
      await admin.must('POST', `/api/v1/users/${id}/deactivate`)
      assert.equal((await says(waits)).status, 401)
      assert.equal((await calls('fay approved')).status, 401)
      await admin.must('POST', `/api/v1/users/${id}/reactivate`)
      const fresh = await desk.tokenFor({ person: fay, agent })
      const again = await calls('fay approved', { token: fresh })
      assert.equal(again.body.code, 'approval_required', again.text)
      assert.notEqual(approvalIn(again.text), approved)
      assert.equal(desk.acts('fay'), 0)
    })
  },
  { records: true },
)
