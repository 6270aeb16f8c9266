// The tokens of people's accounts are looked for wherever they could have leaked to, after a day in which all goes wrong.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { asPerson, signedIn } from '../testing/approving.ts'
import { found as foundIn } from '../testing/canaries.ts'
import { startCollector } from '../testing/collector.ts'
import {
  AT_THE_CRM,
  comingBack,
  contacts,
  DESK_CLIENT,
  type Desk,
  deskToken,
  openDesk,
  SHORT_LIVED,
} from '../testing/desk.ts'
import { eventually } from '../testing/eventually.ts'
import { eachHouse } from '../testing/house.ts'
import { type StoredValue, storedIn } from '../testing/stored.ts'

const collector = await startCollector()
after(() => collector.close())

eachHouse(
  'the token of an account',
  (house) => {
    /** What must not be found, by name. */
    const secrets = new Map<string, string>()
    const answers: string[] = []
    let desk: Desk
    const found = (bytes: Buffer): string[] => foundIn(secrets, bytes)
    const told = async (answer: Response): Promise<void> => {
      const { status, headers } = answer
      answers.push(`${status} ${JSON.stringify([...headers])} ${await answer.text()}`)
    }

    before(async () => {
      const { issuer, shop } = house
      desk = await openDesk(
        { issuer, admin: shop.admin, agents: [shop.agent.id] },
        {
          graceMs: 60_000,
          ...SHORT_LIVED,
        },
      )
      const { crm, name } = desk
      const browser = await signedIn(issuer, shop.dana)
      await told(await browser.request(`${issuer}/connect/${name}`))
      const back = await comingBack(browser, { issuer, name, as: AT_THE_CRM.dana })
      // Once by somebody who is not signed in: the answer sends them away without the code.
      await told(await fetch(back, { redirect: 'manual' }))
      await told(await browser.request(back))
      await told(await browser.request(back))
      const token = await deskToken(issuer, { agent: shop.agent, person: shop.dana, name })
      const use = async (expected: number) => {
        const { status, headers, text } = await contacts(issuer, name, token)
        assert.equal(status, expected, text)
        answers.push(`${status} ${JSON.stringify([...headers])} ${text}`)
      }
      await use(200)
      await desk.runsOut(desk.tokens().at(-1) ?? '')
      await use(200)
      await desk.runsOut(desk.tokens().at(-1) ?? '')
      crm.breakToken({ when: 'after', how: 'drop' })
      await use(502)
      await use(200)
      await desk.runsOut(desk.tokens().at(-1) ?? '')
      crm.breakToken({ when: 'after', how: 'status_500' })
      await use(502)
      await use(200)
      const own = { issuer, method: 'GET', path: '/me/accounts' }
      const listed = await asPerson(browser, own)
      answers.push(JSON.stringify(listed.body))
      const [{ id }] = listed.body.items
      // In the wrong place: as names, in paths, as our own token.
      const last = desk.tokens().at(-1) ?? ''
      for (const path of [
        `/api/v1/me/accounts/${last}`,
        `/connect/${last}`,
        `/proxy/${name}/${last}?access_token=${last}`,
      ])
        await told(await browser.request(`${issuer}${path}`))
      await told(await fetch(`${issuer}/proxy/${name}/contacts`, { headers: { authorization: `Bearer ${last}` } }))
      await told(await browser.request(`${issuer}/connect/${name}/callback?error=${last}&state=${last}`))
      const gone = await asPerson(browser, { ...own, method: 'DELETE', path: `/me/accounts/${id}` })
      answers.push(JSON.stringify(gone.body))
      // A second grant that is there when the house is looked through.
      const again = await comingBack(browser, { issuer, name, as: AT_THE_CRM.dana })
      await told(await browser.request(again))
      await use(200)
      // And one that was begun and never ended.
      const eve = await signedIn(issuer, shop.eve)
      const unused = new URL(await comingBack(eve, { issuer, name, as: AT_THE_CRM.eve }))

      const count = (kind: string) => [...secrets.keys()].filter((one) => one.startsWith(kind)).length
      const keep = (kind: string, secret: string | null | undefined) => {
        if (secret && ![...secrets.values()].includes(secret)) secrets.set(`${kind} ${count(kind) + 1}`, secret)
      }
      for (const { path, sent, answered } of desk.relay.passed.filter((one) => /^\/(token|revoke)/.test(one.path))) {
        const form = new URLSearchParams(sent)
        for (const kind of ['code', 'code_verifier', 'refresh_token', 'token']) keep(kind, form.get(kind))
        if (path !== '/token' || answered === '') continue
        const { access_token, refresh_token } = JSON.parse(answered)
        keep('access_token', access_token)
        keep('refresh_token', refresh_token)
      }
      for (const { path } of desk.relay.passed)
        keep('state', path.startsWith('/authorize?') ? new URL(path, issuer).searchParams.get('state') : null)
      keep('code', unused.searchParams.get('code'))
      keep('client secret', DESK_CLIENT.secret)
      keep('basic', Buffer.from(`${DESK_CLIENT.id}:${DESK_CLIENT.secret}`).toString('base64'))
    })
    after(() => desk?.close())

    test('was seen on its way to the provider, and would be found', () => {
      const kinds = [...secrets.keys()].map((name) => name.replace(/ \d+$/, ''))
      const count = (kind: string) => kinds.filter((one) => one === kind).length
      assert.ok(count('access_token') >= 5, `${kinds}`)
      assert.ok(count('refresh_token') >= 5, `${kinds}`)
      assert.deepEqual([count('code'), count('state'), count('code_verifier')], [3, 3, 2])
      for (const [name, secret] of secrets) {
        assert.ok(secret.length >= 20, name)
        assert.ok(found(Buffer.from(`x${secret}y`)).includes(name))
      }
    })

    test('is in no answer to an agent or a person', () => {
      assert.ok(answers.length >= 15)
      for (const answer of answers) assert.deepEqual(found(Buffer.from(answer)), [], answer.slice(0, 400))
    })

    test('is not in the log, in what is listed of connections, or in the metrics', async () => {
      const { admin } = house.shop
      // What was written last is sequenced within a second.
      const exported = await eventually(async () => {
        const { body } = await admin.call('GET', '/api/v1/audit/export?limit=5000')
        return /token-vault\.finish-connect/.test(body) && /token-vault\.remove-my-account/.test(body)
          ? body
          : undefined
      })
      const places = {
        exported,
        connections: JSON.stringify(await admin.must('GET', `/api/v1/connections/${desk.id}`)),
        metrics: await (await fetch(`${house.issuer}/metrics`)).text(),
      }
      for (const [where, text] of Object.entries(places)) assert.deepEqual(found(Buffer.from(text)), [], where)
    })

    // Last: it stops the house.
    test('is nowhere that outlives the house: its output, its traces, the change log, its tables and files', async () => {
      await house.server.stop()
      const output = house.output()
      assert.match(output, /"level":"info"/)
      assert.deepEqual(found(Buffer.from(output)), [])
      const traces = collector.bytes()
      assert.ok(traces.includes('token-vault.finish-connect') && traces.includes('gateway.proxy'), 'nothing was traced')
      assert.deepEqual(found(traces), [])
      const stored = await storedIn(house)
      const at = (column: string): StoredValue[] => stored.filter(({ where }) => where === column)
      for (const column of [
        'accounts.sealed',
        'connect_attempts.sealed',
        'held_credentials.sealed',
        'audit_events.entry',
      ])
        assert.ok(at(`public.${column}`).length > 0, `${column} was not looked at`)
      const told = at('public.changes.topic').filter(({ bytes }) => bytes.toString() === 'token-vault.account')
      assert.ok(told.length >= 5, 'the change log was not looked at')
      for (const { where, bytes } of stored) assert.deepEqual(found(bytes), [], where)
    })
  },
  { settings: { MANDATE_OTLP_ENDPOINT: collector.endpoint } },
)
