// A house goes back to its backup: what was there is there again, and nothing that was ended or issued comes back to life.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { machineApi } from '../testing/api.ts'
import { Browser } from '../testing/browser.ts'
import { mandate } from '../testing/cli.ts'
import { eventually } from '../testing/eventually.ts'
import { eachHouse, type House } from '../testing/house.ts'
import { published, readLog, verify } from '../testing/log.ts'
import { freshDatabase } from '../testing/postgres.ts'
import { BOOTSTRAP, startServer, temporaryFolder } from '../testing/server.ts'
import {
  API_KEY,
  codeFor,
  endpoint,
  exchange,
  MCP_PASSWORD,
  PASSWORD,
  signInAt,
  tokenRequest,
} from '../testing/shop.ts'

const LATE = 'late@example.com'

interface Held {
  browser: Browser
  cookies: string
  subject: string
  refresh: string
  /** Redeemed after the backup. */
  redeemed: Record<string, string>
  /** Redeemed by nobody. */
  open: Record<string, string>
  api: string
  admin: string
}

eachHouse(
  'a restore',
  (house) => {
    let held: Held
    let place = { path: '', remove: async () => {} }
    let kept: { key: string; early: string; late: string }
    let exported: string
    const file = (name: string) => join(place.path, name)
    const where = (more: Record<string, string> = {}) => ({ env: { ...house.server.env, ...more }, cwd: place.path })
    const orders = (token: string, path = '/orders?limit=1') =>
      fetch(`${house.issuer}/proxy/orders-api${path}`, { headers: { authorization: `Bearer ${token}` } })

    before(async () => {
      place = await temporaryFolder()
      held = await hold(house)
      assert.equal((await orders(held.api)).status, 200)
      kept = { key: await published(house.issuer, 'key'), early: await published(house.issuer, 'checkpoint'), late: '' }
    })
    after(() => place.remove())

    test('begins with a backup of the house while it runs, readable by its owner alone', async () => {
      const made = await mandate(['backup', file('one.mandate')], where())
      assert.equal(made.code, 0, made.err)
      assert.match(made.out, /one\.mandate is complete/)
      assert.equal((await stat(file('one.mandate'))).mode & 0o777, 0o600)
      assert.deepEqual(await readdir(place.path), ['one.mandate'])
      assert.deepEqual(
        (await readdir(house.folder)).filter((name) => name.includes('copy')),
        [],
      )
      assert.equal((await orders(held.api)).status, 200, 'the house went on')
      const again = await mandate(['backup', file('one.mandate')], where())
      assert.equal(again.code, 1)
      assert.match(again.err, /^mandate: .*is there already, and an archive never replaces a file[^\n]*\n$/)
    })

    test('the backup holds no secret in the clear', async () => {
      const bytes = gunzipSync(await readFile(file('one.mandate')))
      const masterKey =
        house.server.env.MANDATE_MASTER_KEY ?? (await readFile(join(house.folder, 'master.key'), 'utf8')).trim()
      const secrets: Record<string, string> = {
        ...{ API_KEY, MCP_PASSWORD, PASSWORD, masterKey },
        'agent secret': house.shop.agent.secret,
        'bootstrap secret': BOOTSTRAP.MANDATE_BOOTSTRAP_CLIENT_SECRET,
        'bootstrap password': BOOTSTRAP.MANDATE_BOOTSTRAP_ADMIN_PASSWORD,
        ...{ subject: held.subject, refresh: held.refresh, api: held.api, admin: held.admin },
        ...{ code: held.open.code ?? '', cookie: held.cookies.split('=')[1]?.split(';')[0] ?? '' },
      }
      for (const [name, secret] of Object.entries(secrets)) {
        assert.ok(secret.length >= 8, name)
        for (const spelling of [
          secret,
          Buffer.from(secret).toString('base64').replace(/=+$/, ''),
          Buffer.from(secret).toString('hex'),
        ])
          assert.ok(!bytes.includes(spelling), `${name} stands in the archive`)
      }
      assert.ok(bytes.includes('"t":"held_credentials"') && bytes.includes('"t":"oidc_entities"'), 'nothing to look at')
    })

    test('over a house that runs is refused, and disturbs nobody', async () => {
      const refused = await mandate(['restore', file('one.mandate'), '--replace'], where())
      assert.equal(refused.code, 1)
      assert.match(
        refused.err,
        /^mandate: (the data folder .* is in use by process|a mandate server is using)[^\n]*\n$/,
      )
      assert.equal((await orders(held.api)).status, 200)
    })

    test('waits while the world goes on: sign-out, suspension, a code redeemed, somebody new', async () => {
      const { admin, agent } = house.shop
      assert.equal((await tokenRequest(house.issuer, agent, held.redeemed)).status, 200)
      await admin.must('POST', '/api/v1/users', { email: LATE })
      assert.ok((await held.browser.post(`${house.issuer}/sign-out`, {})).status < 400)
      await admin.must('POST', `/api/v1/agents/${agent.id}/suspend`, { reason: 'It runs wild.' })
      assert.equal((await orders(held.api)).status, 401)
      const sizeOf = (note: string) => Number(note.split('\n')[1])
      kept.late = await eventually(async () => {
        const note = await published(house.issuer, 'checkpoint')
        return sizeOf(note) > sizeOf(kept.early) + 6 ? note : undefined
      })
    })

    test('without the right master key, or without a word that it may replace, changes nothing', async () => {
      await house.server.stop()
      const foreign = randomBytes(32).toString('base64')
      const wrong = await mandate(['restore', file('one.mandate'), '--replace'], where({ MANDATE_MASTER_KEY: foreign }))
      assert.equal(wrong.code, 1)
      assert.match(wrong.err, /^mandate: the archive was sealed under another master key[^\n]*\n$/)
      const unread = await mandate(['backup', file('wrong.mandate')], where({ MANDATE_MASTER_KEY: foreign }))
      assert.match(unread.err, /^mandate: the master key is not the one this database was sealed with[^\n]*\n$/)
      const into = await mandate(['import', file('one.mandate')], where())
      assert.equal(into.code, 1)
      assert.match(into.err, /import takes an empty/)
      if (house.kind === 'postgres') {
        const bare = await mandate(['restore', file('one.mandate')], where())
        assert.match(bare.err, /^mandate: the database is not empty[^\n]*--replace[^\n]*\n$/)
      }
      const misspelled = await mandate(['restore', file('one.mandate'), '--replce'], where())
      assert.equal(misspelled.code, 2)
      await house.restart()
      const users = await (await machineApi(house.issuer)).must('GET', '/api/v1/users')
      assert.ok(users.items.some(({ email }: { email: string }) => email === LATE))
      assert.deepEqual(await readdir(place.path), ['one.mandate'])
    })

    test('puts the house back, and says what ended and what to look through', async () => {
      await house.server.stop()
      const restored = await mandate(['restore', file('one.mandate'), '--replace'], where())
      assert.equal(restored.code, 0, restored.err)
      assert.match(restored.out, /Ended: every sign-in, every token and code, and every approval that was pending/)
      assert.match(restored.out, /agents that were suspended or retired since/)
      if (house.kind === 'embedded') assert.match(restored.out, /The database of before is kept in .*database\.before-/)
      await house.restart()
      house.shop.admin = await machineApi(house.issuer)
      const users = await house.shop.admin.must('GET', '/api/v1/users')
      assert.ok(!users.items.some(({ email }: { email: string }) => email === LATE))
    })

    test('brings no token, session, code or grant back to life', async () => {
      const { agent } = house.shop
      for (const token of [held.api, held.subject, held.admin]) assert.equal((await orders(token)).status, 401)
      const listed = await fetch(`${house.issuer}/api/v1/users`, { headers: { authorization: `Bearer ${held.admin}` } })
      assert.equal(listed.status, 401)
      const info = await fetch(`${house.issuer}/userinfo`, { headers: { authorization: `Bearer ${held.subject}` } })
      assert.equal(info.status, 401)
      for (const token of [held.api, held.subject, held.refresh])
        assert.deepEqual((await endpoint(house.issuer, '/oauth/introspect', agent, { token })).body, { active: false })
      const traded = await exchange(house.issuer, agent, held.subject, `${house.issuer}/mcp/orders-api`)
      assert.equal(traded.body.error, 'invalid_request')
      const refresh = { grant_type: 'refresh_token', refresh_token: held.refresh }
      for (const form of [refresh, held.redeemed, held.open])
        assert.equal((await tokenRequest(house.issuer, agent, form)).body.error, 'invalid_grant')
      const home = await fetch(`${house.issuer}/`, { headers: { cookie: held.cookies }, redirect: 'manual' })
      assert.notEqual(home.status, 200)
      const asked = new Browser()
      const { page, url } = await asked.follow(`${house.issuer}/`, { email: 'x@example.com', password: 'x' })
      assert.ok(url.includes('/sign-in') || page.includes('password'))
    })

    test('leaves agents their secrets and connections their credentials', async () => {
      const { agent, dana } = house.shop
      const signedIn = await signInAt(house.issuer, { agent, person: dana })
      const traded = await exchange(house.issuer, agent, signedIn.access_token, `${house.issuer}/mcp/orders-api`)
      assert.equal(traded.status, 200)
      assert.equal((await orders(traded.body.access_token)).status, 200, 'the upstream took its key')
    })

    test('is told by the log, which verifies, and a checkpoint of after the backup shows the fork', async () => {
      const log = await eventually(async () => {
        const read = await readLog(house.shop.admin)
        return read.events.some(({ operation }) => operation === 'audit.restored') ? read : undefined
      })
      const note = log.events.find(({ operation }) => operation === 'audit.restored')
      assert.equal(note?.kind, 'note')
      assert.equal(note?.facts?.epoch, 2)
      assert.equal(note?.facts?.archive, 'backup')
      const key = await published(house.issuer, 'key')
      assert.equal(key, kept.key)
      assert.equal((await verify(log, key)).result, 'verified')
      assert.equal((await verify(log, key, [kept.early])).result, 'verified')
      assert.equal((await verify(log, key, [kept.late])).result, 'failed')
      const checkpoints = await house.shop.admin.must('GET', '/api/v1/audit/checkpoints?limit=200')
      const epochs = checkpoints.items.map(({ epoch }: { epoch: number }) => epoch)
      assert.equal(epochs.at(-1), 2)
      assert.deepEqual(epochs, [...epochs].sort())
      // The command that made the backup came through a door that nothing else comes through, and is in the log.
      const operator = log.events.filter(({ operation }) => operation === 'operator.copy-database')
      assert.equal(operator.length > 0, house.kind === 'embedded')
      for (const { principal } of operator) assert.equal(principal?.sub, 'cli_operator')
    })

    // Last: the house moves out.
    test('of an export goes into an empty database of the other kind, and only into an empty one', async () => {
      exported = file('two.mandate')
      const made = await mandate(['export', exported], where())
      assert.equal(made.code, 0, made.err)
      await house.server.stop()
      const folder = file('elsewhere')
      await mkdir(folder)
      const key =
        house.server.env.MANDATE_MASTER_KEY ?? (await readFile(join(house.folder, 'master.key'), 'utf8')).trim()
      const { DATABASE_URL, ...plain } = house.server.env
      const server = process.env.TEST_DATABASE_URL
      const other = DATABASE_URL === undefined && server ? await freshDatabase(server) : undefined
      const env: Record<string, string> = {
        ...plain,
        ...{ MANDATE_DATA_DIR: folder, MANDATE_MASTER_KEY: key },
        ...(other && { DATABASE_URL: other.url }),
      }
      try {
        const moved = await mandate(['import', exported], { env, cwd: place.path })
        assert.equal(moved.code, 0, moved.err)
        const twice = await mandate(['import', exported], { env, cwd: place.path })
        assert.equal(twice.code, 1)
        assert.match(twice.err, /import takes an empty/)
        const there = await startServer(env)
        try {
          const { agent, dana } = house.shop
          const signedIn = await signInAt(there.issuer, { agent, person: dana })
          const traded = await exchange(there.issuer, agent, signedIn.access_token, `${there.issuer}/mcp/orders-api`)
          assert.equal((await orders(traded.body.access_token)).status, 200)
          const log = await readLog(await machineApi(there.issuer))
          assert.equal((await verify(log, kept.key)).result, 'verified')
        } finally {
          await there.stop()
        }
      } finally {
        await other?.drop()
      }
    })
  },
  { records: false },
)

async function hold(house: House): Promise<Held> {
  const { issuer, shop } = house
  const { agent, dana, admin } = shop
  const browser = new Browser()
  const { access_token: subject, refresh_token: refresh = '' } = await signInAt(issuer, {
    agent,
    person: dana,
    browser,
  })
  const api = (await exchange(issuer, agent, subject, `${issuer}/mcp/orders-api`)).body.access_token
  const cookies = [...browser.cookies(new URL(issuer).host)].map(([name, value]) => `${name}=${value}`).join('; ')
  return {
    ...{ browser, cookies, subject, refresh, api, admin: admin.token },
    redeemed: await codeFor(issuer, { agent, person: dana, browser: new Browser() }),
    open: await codeFor(issuer, { agent, person: dana, browser: new Browser() }),
  }
}
