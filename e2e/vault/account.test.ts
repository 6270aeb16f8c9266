// A person's account at the desk from outside: connected, used for its owner alone, lost, connected again, taken back.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { clientCredentials } from '../testing/api.ts'
import { asPerson, callHttp, signedIn } from '../testing/approving.ts'
import { Browser } from '../testing/browser.ts'
import {
  AT_THE_CRM,
  accountAt,
  comingBack,
  connectAccount,
  contacts,
  type Desk,
  deskToken,
  openDesk,
  SHORT_LIVED,
} from '../testing/desk.ts'
import { eachHouse } from '../testing/house.ts'

type Person = 'dana' | 'eve'

eachHouse('an account at the desk', (house) => {
  const browsers: Record<Person, Browser> = { dana: new Browser(), eve: new Browser() }
  const desks: Desk[] = []
  const open = async (settings: Parameters<typeof openDesk>[1] = {}): Promise<Desk> => {
    const { issuer, shop } = house
    const desk = await openDesk({ issuer, admin: shop.admin, agents: [shop.agent.id] }, settings)
    desks.push(desk)
    return desk
  }
  const connect = (who: Person, { name }: Desk) =>
    connectAccount(browsers[who], { issuer: house.issuer, name, as: AT_THE_CRM[who] })
  const tokenOf = (who: Person, { name }: Desk) =>
    deskToken(house.issuer, { agent: house.shop.agent, person: house.shop[who], name })
  const read = ({ name }: Desk, token: string) => contacts(house.issuer, name, token)
  const accountOf = (who: Person, { name }: Desk) => accountAt(browsers[who], house.issuer, name)

  /** Refused before anything is sent, and told where to go. */
  async function refused(desk: Desk, token: string, code: string, reason?: string): Promise<void> {
    const before = desk.calls()
    const { status, body } = await read(desk, token)
    assert.deepEqual([status, body.code, body.reason], [403, code, reason])
    assert.equal(body.connect_uri, `${house.issuer}/connect/${desk.name}`)
    assert.equal(desk.calls(), before, 'something was sent to the CRM')
  }
  /** What the CRM counts from now on: on a slow machine short-lived tokens are renewed before a test begins. */
  function counting({ crm: { counts } }: Desk) {
    const before = { ...counts }
    return () => {
      const { rotated, replayed, reuse_detected } = counts
      return [rotated - before.rotated, replayed - before.replayed, reuse_detected - before.reuse_detected]
    }
  }
  /** Connected, used, and with an access token that has run out. */
  async function dueAt(desk: Desk): Promise<string> {
    await connect('dana', desk)
    const token = await tokenOf('dana', desk)
    assert.equal((await read(desk, token)).status, 200)
    await desk.runsOut(desk.tokens().at(-1) ?? '')
    return token
  }

  let crm: Desk
  before(async () => {
    crm = await open()
    browsers.dana = await signedIn(house.issuer, house.shop.dana)
    browsers.eve = await signedIn(house.issuer, house.shop.eve)
  })
  after(async () => {
    for (const desk of desks) await desk.close()
  })

  test('is asked for where there is none, connected on its page, and then used', async () => {
    const token = await tokenOf('dana', crm)
    await refused(crm, token, 'not_connected')
    const page = await (await browsers.dana.request(`${house.issuer}/connect/crm`)).text()
    assert.match(page, /Connect your crm account/)
    assert.match(page, /contacts\.read/)
    assert.equal(await accountOf('dana', crm), undefined)
    await connect('dana', crm)
    const answer = await read(crm, token)
    assert.equal(answer.status, 200)
    assert.match(answer.text, /case_0107/)
    const { status, scopes, reason } = await accountOf('dana', crm)
    assert.deepEqual([status, scopes, reason], ['connected', ['contacts.read'], null])
    assert.match(await (await browsers.dana.request(`${house.issuer}/connect/crm`)).text(), /is connected/)
  })

  test('opens its owner’s contacts and nobody else’s, however the calls are mixed', async () => {
    const [danas, eves] = [await tokenOf('dana', crm), await tokenOf('eve', crm)]
    await refused(crm, eves, 'not_connected')
    await connect('eve', crm)
    const calls = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? danas : eves))
    const answers = await Promise.all(calls.map((token) => read(crm, token)))
    for (const [n, { status, text }] of answers.entries()) {
      assert.equal(status, 200)
      const [own, other] = n % 2 === 0 ? ['case_0107', 'case_0131'] : ['case_0131', 'case_0107']
      assert.ok(text.includes(own) && !text.includes(other), text)
    }
    const [one, other] = [await accountOf('dana', crm), await accountOf('eve', crm)]
    assert.notEqual(one.id, other.id)
    const stolen = { issuer: house.issuer, method: 'DELETE', path: `/me/accounts/${one.id}` }
    assert.equal((await asPerson(browsers.eve, stolen)).status, 404)
    assert.equal((await read(crm, danas)).status, 200)
  })

  test('is of no use to an agent on its own business, to one without the grant, or with what the agent puts in itself', async () => {
    const { agent } = house.shop
    const resource = `${house.issuer}/mcp/crm`
    const own = await clientCredentials(house.issuer, { ...agent, resource, scope: 'use' })
    assert.equal(own.status, 200, JSON.stringify(own.body))
    await refused(crm, own.body.access_token, 'not_connected')
    const token = await tokenOf('dana', crm)
    const before = crm.calls()
    const more = { text: 'hello' }
    const note = await callHttp(house.issuer, { token, path: 'crm/contacts/ctc_0001/notes', body: more })
    assert.equal(note.status, 403, 'what is not granted')
    assert.equal(crm.calls(), before)
    const headers = { 'x-user': 'eve@crm.example', cookie: 'crm_browser=a', 'proxy-authorization': 'Bearer x' }
    const asked = await callHttp(house.issuer, { token, method: 'GET', path: 'crm/me?user=eve', headers })
    assert.equal(asked.body.email, 'dana@crm.example')
    const sent = crm.relay.passed.at(-1)?.headers ?? {}
    for (const name of Object.keys(headers)) assert.equal(sent[name], undefined, name)
    assert.notEqual(sent.authorization, `Bearer ${token}`)
  })

  test('comes back only to the browser and the person that went, and once', async () => {
    const issuer = house.issuer
    const desk = await open({ name: 'callbacks' })
    const back = await comingBack(browsers.dana, { issuer, name: desk.name, as: AT_THE_CRM.dana })
    const elsewhere = await signedIn(issuer, house.shop.dana)
    for (const thief of [browsers.eve, elsewhere]) {
      const answer = await thief.request(back)
      assert.equal(answer.status, 403)
      await answer.text()
    }
    const stranger = await new Browser().request(back)
    assert.match(stranger.headers.get('location') ?? '', /^\/sign-in/)
    assert.doesNotMatch(stranger.headers.get('location') ?? '', /code/)
    assert.equal(desk.crm.counts.codes_redeemed, 0)
    assert.equal((await browsers.dana.request(back)).status, 303)
    assert.equal((await browsers.dana.request(back)).status, 403)
    assert.deepEqual([desk.crm.counts.codes_redeemed, desk.crm.counts.refused], [1, 0])
    assert.equal(await accountOf('eve', desk), undefined)
  })

  test('that its owner ended at the CRM is asked for again, and works once connected again', async () => {
    const token = await tokenOf('dana', crm)
    assert.equal((await read(crm, token)).status, 200)
    assert.equal(crm.crm.endGrants({ user: AT_THE_CRM.dana.email }), 1)
    const first = await read(crm, token)
    assert.deepEqual([first.status, first.body.code], [502, 'upstream_failed'])
    await refused(crm, token, 'needs_reconnect', 'invalid_grant')
    await refused(crm, token, 'needs_reconnect', 'invalid_grant')
    const { status, reason } = await accountOf('dana', crm)
    assert.deepEqual([status, reason], ['needs_reconnect', 'invalid_grant'])
    assert.match(await (await browsers.dana.request(`${house.issuer}/connect/crm`)).text(), /account again/)
    assert.equal((await read(crm, await tokenOf('eve', crm))).status, 200, 'nobody else is touched')
    await connect('dana', crm)
    assert.equal((await read(crm, token)).status, 200)
  })

  test('is taken away by no path that answers 401, whatever it says and however often an agent calls it', async () => {
    const { issuer } = house
    for (const [name, challenge] of [
      ['for-its-own-reasons', 'Basic realm="staff"'],
      ['against-the-token', 'Bearer error="invalid_token"'],
    ] as const) {
      const desk = await open({ name })
      await connect('dana', desk)
      const token = await tokenOf('dana', desk)
      assert.equal((await read(desk, token)).status, 200)
      const counted = counting(desk)
      desk.relay.refuse('/me', challenge)
      for (let n = 0; n < 4; n++) {
        const { status, body } = await callHttp(issuer, { token, method: 'GET', path: `${name}/me` })
        assert.deepEqual([status, body.code], [502, 'upstream_failed'])
      }
      assert.equal((await read(desk, token)).status, 200)
      assert.deepEqual([(await accountOf('dana', desk)).status, counted()], ['connected', [1, 0, 0]])
    }
  })

  test('that is connected again keeps no grant that nobody can end', async () => {
    const desk = await open({ name: 'twice' })
    const going = { issuer: house.issuer, name: desk.name, as: AT_THE_CRM.dana }
    const backs = [await comingBack(browsers.dana, going), await comingBack(browsers.dana, going)]
    assert.equal((await browsers.dana.request(backs[0] ?? '')).status, 303)
    const token = await tokenOf('dana', desk)
    assert.equal((await read(desk, token)).status, 200)
    const before = desk.tokens().at(-1) ?? ''
    assert.equal((await browsers.dana.request(backs[1] ?? '')).status, 303)
    assert.equal((await read(desk, token)).status, 200)
    const after = desk.tokens().at(-1) ?? ''
    assert.notEqual(after, before)
    const { id } = await accountOf('dana', desk)
    const { body } = await asPerson(browsers.dana, {
      ...{ issuer: house.issuer, method: 'DELETE', path: `/me/accounts/${id}` },
    })
    assert.equal(body.result, 'revoked')
    assert.deepEqual([await desk.takes(before), await desk.takes(after)], [401, 401])
    assert.equal(desk.crm.endGrants({ user: AT_THE_CRM.dana.email }), 0, 'no grant of hers is alive at the provider')
  })

  test('is renewed when it is due, once for everybody who comes', async () => {
    // Long enough that it is due once only while they all are answered.
    const desk = await open({ name: 'due', accessSeconds: 4.9 })
    const token = await dueAt(desk)
    const counted = counting(desk)
    const answers = await Promise.all(Array.from({ length: 20 }, () => read(desk, token)))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    assert.deepEqual(counted(), [1, 0, 0])
  })

  test('survives an answer that is lost after the rotation, where the provider gives grace', async () => {
    const desk = await open({ name: 'grace', graceMs: 60_000, accessSeconds: 3.9 })
    const token = await dueAt(desk)
    const counted = counting(desk)
    desk.crm.breakToken({ when: 'after', how: 'drop' })
    const calls = desk.calls()
    const lost = await read(desk, token)
    assert.deepEqual([lost.status, lost.body.code], [502, 'upstream_failed'])
    assert.match(lost.headers.get('retry-after') ?? '', /^\d+$/)
    assert.equal(desk.calls(), calls)
    assert.equal((await read(desk, token)).status, 200)
    assert.deepEqual(counted(), [1, 1, 0])
    await desk.runsOut(desk.tokens().at(-1) ?? '')
    assert.equal((await read(desk, token)).status, 200, 'what was replayed can be renewed in turn')
  })

  test('says that it is lost where the provider gives none, and works once connected again', async () => {
    const desk = await open({ name: 'no-grace', ...SHORT_LIVED })
    const token = await dueAt(desk)
    desk.crm.breakToken({ when: 'after', how: 'drop' })
    assert.equal((await read(desk, token)).status, 502)
    await refused(desk, token, 'needs_reconnect', 'invalid_grant')
    await connect('dana', desk)
    assert.equal((await read(desk, token)).status, 200)
  })

  test('survives a provider that answers nothing but errors for a while', async () => {
    const desk = await open({ name: 'errors', ...SHORT_LIVED })
    const token = await dueAt(desk)
    const counted = counting(desk)
    desk.crm.breakToken({ when: 'before', how: 'status_500' }, Number.POSITIVE_INFINITY)
    for (let n = 0; n < 3; n++) assert.equal((await read(desk, token)).body.code, 'upstream_failed')
    desk.crm.mendToken()
    assert.equal((await read(desk, token)).status, 200)
    assert.deepEqual(counted(), [1, 0, 0])
  })

  test('that is taken back is dead here and at the CRM, and can be connected anew', async () => {
    const token = await tokenOf('dana', crm)
    assert.equal((await read(crm, token)).status, 200)
    const held = crm.tokens().at(-1) ?? ''
    assert.equal(await crm.takes(held), 200)
    const { id } = await accountOf('dana', crm)
    const remove = { issuer: house.issuer, method: 'DELETE', path: `/me/accounts/${id}` }
    const { status, body } = await asPerson(browsers.dana, remove)
    assert.deepEqual([status, body], [200, { system: 'token-vault:crm', result: 'revoked', count: 1 }])
    assert.equal(await crm.takes(held), 401)
    await refused(crm, token, 'not_connected')
    assert.equal((await accountOf('dana', crm)).status, 'revoked')
    assert.equal((await read(crm, await tokenOf('eve', crm))).status, 200, 'nobody else is touched')
    await connect('dana', crm)
    assert.equal((await read(crm, token)).status, 200)
    const pressed = await browsers.dana.post(`${house.issuer}/connect/crm/disconnect`, {})
    assert.equal(pressed.status, 303)
    await refused(crm, token, 'not_connected')
    assert.equal(await crm.takes(crm.tokens().at(-1) ?? ''), 401)
  })
})
