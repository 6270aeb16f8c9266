// Universal logout of people with accounts at providers: what each could end is told truthfully, and what it could not is
// tried again; calls that are under way with such an account are broken off.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { signedIn } from '../testing/approving.ts'
import type { Browser } from '../testing/browser.ts'
import {
  AT_THE_CRM,
  accountAt,
  connectAccount,
  contacts,
  DESK_CLIENT,
  type Desk,
  deskToken,
  openDesk,
} from '../testing/desk.ts'
import { eventually } from '../testing/eventually.ts'
import { eachHouse } from '../testing/house.ts'

/** The first pause before a provider is told again, with the job's own interval and a slow machine on top. */
const TRIED_AGAIN_MS = 120_000
/** Far below what a held call, a renewal or the provider would take. */
const BROKEN_OFF_MS = 5_000

type Person = 'dana' | 'eve'
// biome-ignore lint/suspicious/noExplicitAny: bodies are whatever the server says; tests look at them with assertions
type Body = any

eachHouse('universal logout with accounts at providers', (house) => {
  const NAMES = ['told', 'silent', 'down', 'refusing', 'other'] as const
  type Name = (typeof NAMES)[number]
  const desks = {} as Record<Name, Desk>
  /** How far the silent provider's clock runs ahead. */
  let ahead = 0
  /** Access tokens of before, at each desk. */
  const held: Partial<Record<Name, string>> = {}

  const connect = async (who: Person, name: Name): Promise<Browser> => {
    const { issuer, shop } = house
    const browser = await signedIn(issuer, shop[who])
    await connectAccount(browser, { issuer, name, as: AT_THE_CRM[who] })
    return browser
  }
  const tokenOf = (who: Person, name: Name) =>
    deskToken(house.issuer, { agent: house.shop.agent, person: house.shop[who], name })
  const read = (name: Name, token: string) => contacts(house.issuer, name, token)
  const logOut = (type: string, id: string, more: { hold?: boolean } = {}): Promise<Body> =>
    house.shop.admin.must('POST', '/api/v1/universal-logout', {
      subject: { type, id },
      reason: 'The laptop is gone.',
      ...more,
    })
  const accountOf = async (who: Person, name: Name): Promise<Body> =>
    accountAt(await signedIn(house.issuer, house.shop[who]), house.issuer, name)
  const at = (name: Name, { targets }: Body): Body[] =>
    targets.filter(({ system }: { system: string }) => system === `token-vault:${name}`)
  const wrongSecret = (secret: string) =>
    desks.refusing.crm.register({
      ...{ ...DESK_CLIENT, secret, name: 'The house' },
      redirect_uris: [`${house.issuer}/connect/refusing/callback`],
    })

  before(async () => {
    const { issuer, shop } = house
    for (const name of NAMES)
      desks[name] = await openDesk(
        { issuer, admin: shop.admin, agents: [shop.agent.id] },
        { name, ...(name === 'silent' && { revocation: false, now: () => Date.now() + ahead }) },
      )
  })
  after(async () => {
    for (const desk of Object.values(desks)) await desk.close()
  })

  test('each provider’s part is told: revoked, partial until it runs out, pending, or failed', async () => {
    const tokens: Partial<Record<Name, string>> = {}
    const expires: Partial<Record<Name, string>> = {}
    for (const name of ['told', 'silent', 'down', 'refusing'] as const) {
      const browser = await connect('dana', name)
      tokens[name] = await tokenOf('dana', name)
      assert.equal((await read(name, tokens[name])).status, 200)
      held[name] = desks[name].tokens().at(-1) ?? ''
      assert.equal(await desks[name].takes(held[name]), 200)
      expires[name] = (await accountAt(browser, house.issuer, name)).access_expires_at
    }
    await desks.down.relay.away()
    wrongSecret('another-secret-than-the-house-knows')
    const answer = await logOut('user', house.shop.dana.id)
    assert.equal(answer.confirmed, true)
    const [[told], [silent], [down], [refusing]] = [
      at('told', answer),
      at('silent', answer),
      at('down', answer),
      at('refusing', answer),
    ]
    assert.deepEqual(told, { system: 'token-vault:told', result: 'revoked', count: 1 })
    assert.deepEqual([silent.result, silent.until], ['partial', expires.silent])
    assert.deepEqual([down.result, down.until], ['pending', expires.down])
    assert.deepEqual([refusing.result, refusing.until], ['failed', expires.refusing])
    for (const { detail } of [silent, down, refusing]) assert.match(detail, /\w+/)
    assert.deepEqual(at('other', answer), [], 'nothing is told of what is not held')
    // What was said is so.
    assert.equal(await desks.told.takes(held.told ?? ''), 401)
    for (const name of ['silent', 'down', 'refusing'] as const)
      assert.equal(await desks[name].takes(held[name] ?? ''), 200, name)
    for (const [name, token] of Object.entries(tokens)) assert.equal((await read(name as Name, token)).status, 401)
    for (const name of ['told', 'silent', 'refusing'] as const) {
      const calls = desks[name].calls()
      const { status, body } = await read(name, await tokenOf('dana', name))
      assert.deepEqual([status, body.code], [403, 'not_connected'], 'who signs in again has no account there')
      assert.equal(desks[name].calls(), calls)
    }
    const until = Date.parse(silent.until)
    ahead = until - Date.now() - 3_000
    assert.equal(await desks.silent.takes(held.silent ?? ''), 200, 'it lives as long as was said')
    ahead = until - Date.now() + 1_500
    assert.equal(await desks.silent.takes(held.silent ?? ''), 401, 'and no longer')
    assert.equal((await accountOf('dana', 'silent')).status, 'revoked')
    for (const name of ['down', 'refusing'] as const) assert.equal((await accountOf('dana', name)).status, 'revoking')
  })

  test('a connection: everybody’s account there ends at the provider, and nobody’s elsewhere', async () => {
    const tokens = { dana: '', eve: '', other: '' }
    for (const who of ['dana', 'eve'] as const) {
      await connect(who, 'told')
      tokens[who] = await tokenOf(who, 'told')
      assert.equal((await read('told', tokens[who])).status, 200)
    }
    await connect('dana', 'other')
    tokens.other = await tokenOf('dana', 'other')
    assert.equal((await read('other', tokens.other)).status, 200)
    const [danas = '', eves = ''] = desks.told.tokens().slice(-2)
    const answer = await logOut('connection', desks.told.id)
    assert.deepEqual(
      at('told', answer).map(({ result }) => result),
      ['revoked', 'revoked'],
    )
    assert.deepEqual([await desks.told.takes(danas), await desks.told.takes(eves)], [401, 401])
    for (const who of ['dana', 'eve'] as const) assert.equal((await read('told', tokens[who])).status, 401)
    assert.equal((await read('other', tokens.other)).status, 200)
    const again = await tokenOf('eve', 'told')
    assert.equal((await read('told', again)).body.code, 'not_connected')
    await connect('eve', 'told')
    assert.equal((await read('told', again)).status, 200)
    assert.equal((await read('told', tokens.eve)).status, 401, 'a token of before stays dead')
  })

  test('an agent: its call under way is broken off, and the person keeps the account', async () => {
    const token = await tokenOf('eve', 'told')
    const { arrived, gone } = desks.told.relay.hold('/contacts')
    const underWay = read('told', token)
    await arrived
    const begun = performance.now()
    await logOut('agent', house.shop.agent.id, { hold: false })
    const { status, body } = await underWay
    assert.deepEqual([status, body.code, body.reasons], [403, 'forbidden', ['access_ended']])
    await gone
    assert.ok(performance.now() - begun < BROKEN_OFF_MS)
    assert.equal((await read('told', await tokenOf('eve', 'told'))).status, 200)
  })

  test('a person: a call that waits for its token to be renewed ends at once, and what the renewal brings is ended too', async () => {
    const token = await tokenOf('eve', 'told')
    assert.equal((await read('told', token)).status, 200)
    await desks.told.forget(desks.told.tokens().at(-1) ?? '')
    assert.equal((await read('told', token)).status, 502, 'refused once, and to be renewed')
    const { crm } = desks.told
    const [rotated, calls] = [crm.counts.rotated, desks.told.calls()]
    crm.slowToken(4_000)
    const underWay = read('told', token)
    await eventually(async () => (crm.counts.rotated > rotated ? true : undefined))
    const begun = performance.now()
    const ending = logOut('user', house.shop.eve.id)
    const { status, body } = await underWay
    const took = performance.now() - begun
    crm.slowToken(0)
    assert.deepEqual([status, body.reasons], [403, ['access_ended']])
    assert.ok(took < 3_000, `it went on for ${took} ms`)
    const [told] = at('told', await ending)
    assert.equal(told.result, 'revoked')
    assert.equal(desks.told.calls(), calls, 'nothing was sent with what the renewal brought')
    assert.equal(crm.endGrants({ user: AT_THE_CRM.eve.email }), 0, 'no grant of hers is alive at the provider')
  })

  test('a person who is deactivated: the account is of no use at once, dead at the provider soon, and coming back revives nothing', async () => {
    const { admin, eve } = house.shop
    await connect('eve', 'other')
    const [token, danas] = [await tokenOf('eve', 'other'), await tokenOf('dana', 'other')]
    assert.equal((await read('other', token)).status, 200)
    const at = desks.other.tokens().at(-1) ?? ''
    assert.equal(await desks.other.takes(at), 200)
    await admin.must('POST', `/api/v1/users/${eve.id}/deactivate`)
    assert.equal((await read('other', token)).status, 401)
    await admin.must('POST', `/api/v1/users/${eve.id}/reactivate`)
    assert.equal((await read('other', token)).status, 401)
    assert.equal((await read('other', await tokenOf('eve', 'other'))).body.code, 'not_connected')
    await eventually(async () => ((await desks.other.takes(at)) === 401 ? true : undefined), TRIED_AGAIN_MS)
    await eventually(async () => ((await accountOf('eve', 'other')).status === 'revoked' ? true : undefined))
    assert.equal(desks.other.crm.endGrants({ user: AT_THE_CRM.eve.email }), 0)
    assert.equal((await read('other', danas)).status, 200, 'nobody else is touched')
  })

  // Last: it takes as long as the job waits.
  test('what was pending or failed is tried again, without anybody asking, until it is done', async (t) => {
    await desks.down.relay.back()
    wrongSecret(DESK_CLIENT.secret)
    const begun = performance.now()
    for (const name of ['down', 'refusing'] as const) {
      const dead = async () => ((await desks[name].takes(held[name] ?? '')) === 401 ? true : undefined)
      await eventually(dead, TRIED_AGAIN_MS)
      t.diagnostic(`${name}: revoked ${Math.round(performance.now() - begun)} ms after it was possible`)
      await eventually(async () => ((await accountOf('dana', name)).status === 'revoked' ? true : undefined))
      assert.equal(desks[name].crm.endGrants({ user: AT_THE_CRM.dana.email }), 0)
    }
  })
})
