import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ConfigError, readConfig, settings } from './config.ts'

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function folderWith(yaml?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'mandate-config-'))
  folders.push(folder)
  if (yaml !== undefined) writeFileSync(join(folder, 'mandate.yaml'), yaml)
  return folder
}
const read = (environment: Record<string, string>, yaml?: string) => readConfig(environment, folderWith(yaml))

function refusal(environment: Record<string, string>, yaml?: string): string {
  try {
    read(environment, yaml)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    assert.doesNotMatch(error.message, /\n/)
    return error.message
  }
  throw new Error('it was accepted')
}

test('nothing set is enough', () => {
  const config = read({})
  assert.equal(config.issuer, 'http://localhost:4000')
  assert.equal(config.port, 4000)
  assert.equal(config.max_staleness, 1000)
  assert.deepEqual(config.allowed_private_hosts, [])
})

test('the default issuer follows the port, and a given one is kept byte for byte', () => {
  assert.equal(read({ PORT: '4001' }).issuer, 'http://localhost:4001')
  assert.equal(read({ MANDATE_ISSUER: 'https://id.example/' }).issuer, 'https://id.example/')
})

test('variables win over the file', () => {
  const yaml = 'port: 5000\nmax_staleness: 2000\nallowed_private_hosts: [a.internal, "b.internal:8080"]\n'
  const config = read({ PORT: '6000' }, yaml)
  assert.equal(config.port, 6000)
  assert.equal(config.max_staleness, 2000)
  assert.deepEqual(config.allowed_private_hosts, ['a.internal', 'b.internal:8080'])
})

const KEY = Buffer.alloc(32, 7).toString('base64')
const refused: [why: string, environment: Record<string, string>, expected: RegExp, yaml?: string][] = [
  ['an unknown variable of ours', { MANDATE_ISSUR: 'x' }, /MANDATE_ISSUR is not a setting/],
  ['an unknown key of the file', {}, /mandate\.yaml: isuer is not a setting/, 'isuer: x'],
  ['a file that is no mapping', {}, /must be a mapping/, '- a'],
  ['a file that is no YAML', {}, /cannot be read/, 'a: [1'],
  ['a port that is none', { PORT: '99999' }, /PORT/],
  ['an administrator without a password', { MANDATE_BOOTSTRAP_ADMIN_EMAIL: 'a@b.example' }, /go together/],
  [
    'a password that is short',
    { MANDATE_BOOTSTRAP_ADMIN_EMAIL: 'a@b.example', MANDATE_BOOTSTRAP_ADMIN_PASSWORD: 'short' },
    /12 characters/,
  ],
  ['a machine client without a secret', { MANDATE_BOOTSTRAP_CLIENT_ID: 'x' }, /go together/],
  ['a certificate without its key', { MANDATE_TLS_CERT: 'cert.pem' }, /go together/],
  ['PostgreSQL without a master key', { DATABASE_URL: 'postgres://db/x' }, /needs MANDATE_MASTER_KEY/],
  ['two master keys of different places', { MANDATE_MASTER_KEY: KEY, MANDATE_MASTER_KEY_FILE: 'k' }, /keep one/],
  ['further keys without a first', { MANDATE_MASTER_KEYS_ALSO: KEY }, /needs MANDATE_MASTER_KEY/],
  ['another database', { DATABASE_URL: 'mysql://db/x', MANDATE_MASTER_KEY: KEY }, /postgres:\/\//],
  ['http off loopback', { MANDATE_ISSUER: 'http://id.example' }, /https off loopback/],
  ['an issuer with a path', { MANDATE_ISSUER: 'https://id.example/tenant' }, /no path/],
  ['an issuer with a query', { MANDATE_ISSUER: 'https://id.example/?a=1' }, /no query/],
  ['an issuer that is no URL', { MANDATE_ISSUER: 'id.example' }, /not a URL/],
  [
    'a command line in the names of programs',
    { MANDATE_STDIO_SERVERS: '{"x y": {"command": "sh"}}' },
    /MANDATE_STDIO_SERVERS/,
  ],
  ['programs that are no JSON', { MANDATE_STDIO_SERVERS: '{' }, /must be a JSON object/],
  ['a host with a path', { MANDATE_ALLOWED_PRIVATE_HOSTS: 'a.internal/x' }, /host name/],
]
for (const [why, environment, expected, yaml] of refused)
  test(`refuses to start with ${why}, in one clear line`, () => assert.match(refusal(environment, yaml), expected))

test('a refusal never repeats a secret', () => {
  for (const { variable, secret } of settings.filter(({ secret }) => secret)) {
    assert.ok(secret)
    const canary = 'canary-3f81c2'
    try {
      read({ [variable]: canary })
    } catch (error) {
      assert.doesNotMatch((error as Error).message, /canary/)
    }
  }
})

test('every setting is described, and no two share a variable', () => {
  assert.ok(settings.length > 15)
  assert.equal(new Set(settings.map(({ variable }) => variable)).size, settings.length)
  for (const { description } of settings) assert.match(description, /\.$/)
})
