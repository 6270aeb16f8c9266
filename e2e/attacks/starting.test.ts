// What must not start, does not: one clear line on the error stream, exit code 1, nothing else.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { eachHouse } from '../testing/house.ts'
import { BOOTSTRAP, type RefusedStart, refusedStart, temporaryFolder } from '../testing/server.ts'

const key = () => randomBytes(32).toString('base64')

function assertOneLine({ code, out, err }: RefusedStart, says: RegExp): void {
  assert.equal(code, 1, `${out}${err}`)
  assert.match(err, /^mandate: [^\n]+\n$/, 'one line')
  assert.match(err, says)
  assert.doesNotMatch(out, /ready/)
}

const REFUSED: Record<string, [settings: Record<string, string>, says: RegExp]> = {
  'an unknown setting': [{ MANDATE_ALLOW_ALL: 'true' }, /MANDATE_ALLOW_ALL is not a setting/],
  'a misspelled setting': [{ MANDATE_MASTERKEY: key() }, /MANDATE_MASTERKEY/],
  'an administrator without a password': [{ MANDATE_BOOTSTRAP_ADMIN_EMAIL: 'a@example.com' }, /go together/],
  'a password without an administrator': [{ MANDATE_BOOTSTRAP_ADMIN_PASSWORD: 'twelve letters' }, /go together/],
  'a client without a secret': [{ MANDATE_BOOTSTRAP_CLIENT_ID: 'machine' }, /go together/],
  'a secret without a client': [{ MANDATE_BOOTSTRAP_CLIENT_SECRET: 's'.repeat(40) }, /go together/],
  'a certificate without its key': [{ MANDATE_TLS_CERT: '/nowhere.pem' }, /go together/],
  'a short secret': [
    { MANDATE_BOOTSTRAP_CLIENT_ID: 'machine', MANDATE_BOOTSTRAP_CLIENT_SECRET: 'short' },
    /MANDATE_BOOTSTRAP_CLIENT_SECRET: must have 32/,
  ],
  'an http issuer off loopback': [{ MANDATE_ISSUER: 'http://mandate.example' }, /must be https off loopback/],
  'an issuer that looks like loopback': [{ MANDATE_ISSUER: 'http://localhost.evil.example' }, /https off loopback/],
  'an issuer with a query': [{ MANDATE_ISSUER: 'https://mandate.example/?x' }, /no query/],
  'an issuer that is no URL': [{ MANDATE_ISSUER: 'mandate' }, /not a URL|must be https/],
  'PostgreSQL without a master key': [{ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x' }, /needs MANDATE_MASTER_KEY/],
  'a database of another kind': [{ DATABASE_URL: 'mysql://127.0.0.1/x', MANDATE_MASTER_KEY: key() }, /postgres:\/\//],
  'a master key that is too short': [{ MANDATE_MASTER_KEY: 'c2hvcnQ=' }, /32 bytes/],
  'a master key and a file of one': [{ MANDATE_MASTER_KEY: key(), MANDATE_MASTER_KEY_FILE: '/x' }, /keep one/],
  'a port that is none': [{ PORT: '70000' }, /PORT/],
  'programs that are no JSON': [{ MANDATE_STDIO_SERVERS: '{' }, /MANDATE_STDIO_SERVERS: must be a JSON object/],
  'an allowed host with a path': [{ MANDATE_ALLOWED_PRIVATE_HOSTS: 'host/path' }, /MANDATE_ALLOWED_PRIVATE_HOSTS/],
}

test('what is set by halves, unknown or unsafe is refused with one clear line', async (context) => {
  for (const [name, [settings, says]] of Object.entries(REFUSED))
    await context.test(name, async () => {
      const folder = await temporaryFolder()
      assertOneLine(await refusedStart({ MANDATE_DATA_DIR: join(folder.path, 'data'), ...settings }, folder.path), says)
      await folder.remove()
    })
})

test('an unknown key or a broken mandate.yaml is refused alike', async () => {
  const folder = await temporaryFolder()
  for (const [yaml, says] of [
    ['alow_private_hosts: x\n', /mandate\.yaml: alow_private_hosts is not a setting/],
    ['issuer: [\n', /mandate\.yaml cannot be read/],
    ['- a list\n', /must be a mapping/],
  ] as const) {
    await writeFile(join(folder.path, 'mandate.yaml'), yaml)
    assertOneLine(await refusedStart({ MANDATE_DATA_DIR: join(folder.path, 'data') }, folder.path), says)
  }
  await folder.remove()
})

eachHouse(
  'a second start',
  (house) => {
    const env = () => {
      const { PORT: _, ...rest } = house.server.env
      return rest
    }
    let other = { path: '', remove: async () => {} }
    before(async () => {
      other = await temporaryFolder()
    })
    after(() => other.remove())

    test('on a folder in use names who holds it', async () => {
      const { DATABASE_URL: _, ...embedded } = env()
      if (house.kind === 'postgres') return assert.ok(house.databaseUrl, 'replicas share a server, not a folder')
      const refused = await refusedStart(embedded, house.folder)
      assertOneLine(refused, new RegExp(`in use by process ${house.server.process.pid} `))
      assert.equal((await fetch(`${house.issuer}/readyz`)).status, 200, 'the first is not disturbed')
    })

    test('with another master key is refused, before anything is served', async () => {
      if (house.kind === 'embedded') await house.server.stop()
      const wrong = await refusedStart({ ...env(), MANDATE_MASTER_KEY: key() }, other.path)
      assertOneLine(wrong, /master key is not the one this database was sealed with/)
    })

    test('on a port in use says so', async () => {
      if (house.kind === 'embedded') await house.restart()
      const { port } = new URL(house.issuer)
      const settings = { MANDATE_DATA_DIR: join(other.path, 'data'), PORT: port }
      assertOneLine(await refusedStart(settings, other.path), /EADDRINUSE/)
    })

    test('does not bootstrap anybody again', async () => {
      const again = { MANDATE_BOOTSTRAP_CLIENT_SECRET: 'another-secret-0123456789abcdef0123456789' }
      await house.restart(again)
      const ask = async (secret: string) => {
        const basic = Buffer.from(`${BOOTSTRAP.MANDATE_BOOTSTRAP_CLIENT_ID}:${secret}`).toString('base64')
        const body = new URLSearchParams({ grant_type: 'client_credentials', resource: `${house.issuer}/api` })
        const headers = { authorization: `Basic ${basic}` }
        return (await fetch(`${house.issuer}/oauth/token`, { method: 'POST', body, headers })).status
      }
      assert.equal(await ask(again.MANDATE_BOOTSTRAP_CLIENT_SECRET), 401)
      assert.equal(await ask(BOOTSTRAP.MANDATE_BOOTSTRAP_CLIENT_SECRET), 200)
    })
  },
  { shop: false },
)
