// What may be given as credential, upstream and identifier, and every trick that must not be.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { GivenCredential, identifierRule, NewResource } from '@mandate/contract'
import { Problem } from '../kernel/problem.ts'
import { parse } from '../pipeline/parse.ts'
import { ownAudienceRule } from './audience-rule.ts'
import { checkFits, normalise } from './credential.ts'
import { checkUpstreamForm, originOf } from './upstream.ts'

const SECRET = 'sk-do-not-show-me'
const refused = (work: () => unknown, ...never: string[]) =>
  assert.throws(work, (error) => {
    assert.ok(error instanceof Problem, String(error))
    const shown = JSON.stringify([error.message, error.details, String(error.stack), String(error.cause)])
    for (const text of [SECRET, ...never]) assert.ok(!shown.includes(text), shown)
    return true
  })

describe('a credential', () => {
  const taken: [unknown, unknown][] = [
    ['key', { type: 'api_key', header: 'Authorization', prefix: 'Bearer ', value: 'key' }],
    [{ value: 'key' }, { type: 'api_key', header: 'Authorization', prefix: 'Bearer ', value: 'key' }],
    [
      { type: 'api_key', value: 'key', header: 'X-Api-Key' },
      { type: 'api_key', header: 'X-Api-Key', prefix: '', value: 'key' },
    ],
    [
      { value: 'key', prefix: 'Token' },
      { type: 'api_key', header: 'Authorization', prefix: 'Token ', value: 'key' },
    ],
    [
      { value: 'key', header: 'authorization' },
      { type: 'api_key', header: 'authorization', prefix: '', value: 'key' },
    ],
    [
      { value: 'key', header: 'X-Key', prefix: 'key=' },
      { type: 'api_key', header: 'X-Key', prefix: 'key=', value: 'key' },
    ],
    [
      { value: 'key', prefix: '' },
      { type: 'api_key', header: 'Authorization', prefix: '', value: 'key' },
    ],
    [
      { username: 'ada', password: 'pä:ss' },
      { type: 'basic', username: 'ada', password: 'pä:ss' },
    ],
    [
      { type: 'basic', username: 'ada', password: '' },
      { type: 'basic', username: 'ada', password: '' },
    ],
  ]
  for (const [given, normal] of taken)
    it(`given as ${JSON.stringify(given)} has one form`, () =>
      assert.deepEqual(normalise(parse(GivenCredential, given)), normal))

  for (const given of [
    '',
    ` ${SECRET}`,
    `${SECRET} `,
    `${SECRET}\r\nX-Evil: 1`,
    `${SECRET}\u0000`,
    `${SECRET}\u007f`,
    `${SECRET}ü`,
    SECRET.repeat(1000),
    7,
    null,
    [SECRET],
    {},
    { value: `${SECRET}\n` },
    { value: 7 },
    { value: SECRET, header: '' },
    { value: SECRET, header: 'X Key' },
    { value: SECRET, header: 'X-Key:' },
    { value: SECRET, header: 'X-Key\r\nX-Evil' },
    { value: SECRET, header: ':authority' },
    { value: SECRET, header: 'Schlüssel' },
  ])
    it(`is not ${JSON.stringify(given).slice(0, 60)}`, () => refused(() => normalise(parse(GivenCredential, given))))

  for (const header of `Host content-length Transfer-Encoding CONNECTION cookie Set-Cookie Content-Type Upgrade TE Expect
    Mcp-Session-Id mcp-protocol-version Proxy-Authorization X-Forwarded-For Sec-Fetch-Site`.split(/\s+/))
    it(`is not sent as ${header}`, () => refused(() => normalise(parse(GivenCredential, { value: SECRET, header }))))

  for (const given of [
    { value: SECRET, prefix: 'Bearer\r\n' },
    { value: SECRET, username: 'ada' },
    { type: 'basic', value: SECRET },
    { type: 'api_key', username: 'ada', password: SECRET },
    { type: SECRET, value: 'x' },
    { username: 'a:b', password: SECRET },
    { username: '', password: SECRET },
    { username: 'ada' },
    { username: 'ada', password: `${SECRET}\n` },
    { username: SECRET, password: 7 },
  ])
    it(`is not ${JSON.stringify(given)}`, () => refused(() => normalise(parse(GivenCredential, given))))

  const basic = { username: 'ada', password: SECRET }
  const stdio = { kind: 'mcp', upstream: 'stdio:files' } as const
  const fits: [string, () => void][] = [
    ['an api_key connection as a text', () => checkFits(SECRET, { kind: 'api_key' })],
    ['a basic connection as a pair', () => checkFits(basic, { kind: 'basic' })],
    [
      'an mcp connection in any form',
      () => [SECRET, basic, undefined].map((given) => checkFits(given, { kind: 'mcp' })),
    ],
    [
      'an http connection in any form',
      () => [SECRET, basic, undefined].map((given) => checkFits(given, { kind: 'http' })),
    ],
    ['a child process as a text or a value', () => [SECRET, { value: SECRET }].map((given) => checkFits(given, stdio))],
    ['no connection of kind none', () => checkFits(undefined, { kind: 'none' })],
  ]
  for (const [what, work] of fits) it(`fits ${what}`, work)

  const unfit: [string, () => void][] = [
    ['api_key connection as a pair', () => checkFits(basic, { kind: 'api_key' })],
    ['api_key connection by being left out', () => checkFits(undefined, { kind: 'api_key' })],
    ['basic connection as a text', () => checkFits(SECRET, { kind: 'basic' })],
    ['basic connection as a key', () => checkFits({ value: SECRET }, { kind: 'basic' })],
    ['basic connection by being left out', () => checkFits(undefined, { kind: 'basic' })],
    ['connection of kind none', () => checkFits(SECRET, { kind: 'none' })],
    ['child process as a pair', () => checkFits(basic, stdio)],
    ['child process with a header', () => checkFits({ value: SECRET, header: 'X-Key' }, stdio)],
    ['child process with a prefix', () => checkFits({ value: SECRET, prefix: '' }, stdio)],
  ]
  for (const [what, work] of unfit) it(`does not fit a ${what}`, () => refused(work))
})

describe('an upstream', () => {
  const names = new Set(['files'])
  for (const good of [
    'https://api.example',
    'https://api.example/v1/',
    'http://localhost:9999/mcp',
    'http://[::1]:1/',
    'https://api.example/@scope',
  ])
    it(`may be ${good}`, () => checkUpstreamForm('http', good, names))
  it('may be a configured program for MCP', () => checkUpstreamForm('mcp', 'stdio:files', names))

  for (const bad of [
    'api.example',
    '//api.example',
    'ftp://api.example',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:,x',
    'unix:/run/docker.sock',
    'https://',
    'https:api.example',
    'https:///api.example',
    'https:\\\\api.example',
    'https://api.example\\@evil.example',
    `https://user:${SECRET}@api.example`,
    'https://user@api.example',
    'https://@api.example',
    'https://:@api.example',
    `https://api.example?key=${SECRET}`,
    'https://api.example/?',
    'https://api.example/#',
    'https://api.example/a/../b',
    'https://api.example/%2e%2e/b',
    'https://api.ex\tample',
    'https://api.example/a b',
    ' https://api.example',
    'https://127.1',
    'https://2130706433/',
    'https://0x7f.0.0.1/',
    'https://API.example',
    'https://äpi.example',
    'STDIO:files',
    'stdio:',
    'stdio:other',
    'stdio:files ',
    'stdio:../files',
    'stdio:files --flag',
    'stdio:sh -c evil',
    'stdio:constructor',
  ])
    it(`is not ${JSON.stringify(bad)}`, () => {
      for (const kind of ['mcp', 'http'] as const) refused(() => checkUpstreamForm(kind, bad, names))
    })
  for (const kind of ['api_key', 'basic', 'http', 'none'] as const)
    it(`is no program for kind ${kind}`, () => refused(() => checkUpstreamForm(kind, 'stdio:files', names)))

  it('has another origin when scheme, host, port or program differ', () => {
    const origins = [
      'https://a.example',
      'http://a.example',
      'https://a.example:444',
      'https://b.example',
      'stdio:a',
      'stdio:b',
      null,
    ]
    assert.equal(new Set(origins.map(originOf)).size, origins.length)
    assert.equal(originOf('https://a.example/v1'), originOf('https://a.example/v2/'))
  })
})

describe('the identifier of a resource', () => {
  const rule = (text: string) => identifierRule(text) ?? ownAudienceRule(text, 'https://id.example')
  for (const good of [
    'https://api.example/orders',
    'http://localhost:9/x',
    'urn:example:orders',
    'api://orders',
    'https://id.example.evil/',
    'https://id.example:8443/',
  ])
    it(`may be ${good}`, () => assert.equal(rule(good), undefined))
  it('may be on another port that begins with the same digits', () =>
    assert.equal(ownAudienceRule('http://localhost:40001/api', 'http://localhost:4000'), undefined))

  for (const bad of [
    'https://id.example',
    'https://id.example/',
    'https://id.example/api',
    'https://id.example/anything',
    'https://ID.EXAMPLE/api',
    'HTTPS://id.example/api',
    'https://id.example:443/api',
    'https://id.example/x/../api',
    'https://%69d.example/api',
    'https://id.example?x',
    'https://user@id.example/api',
    'orders',
    '/orders',
    '//api.example/orders',
    'urn:',
    ':orders',
    '1a:orders',
    'https:',
    'https:api.example',
    'https:///api.example',
    'https://',
    'https://api.example/#',
    'urn:x#y',
    'https://api.example/a b',
    'https://api.example/\n',
    'https://api.example/"',
    'https://api.example\\x',
    'https://äpi.example',
    'https://user:pass@api.example',
    'https://[::1/',
  ])
    it(`is not ${JSON.stringify(bad)}`, () => assert.notEqual(rule(bad), undefined))

  for (const name of ['', 'a b', 'a"b', 'a\\b', 'ä', 'a\n', 'openid', 'offline_access'])
    it(`has no scope named ${JSON.stringify(name)}`, () =>
      assert.equal(NewResource.safeParse({ identifier: 'urn:x:y', name: 'X', scopes: [{ name }] }).success, false))
  it('has each scope once', () =>
    assert.equal(
      NewResource.safeParse({ identifier: 'urn:x:y', name: 'X', scopes: [{ name: 'a' }, { name: 'a' }] }).success,
      false,
    ))
})
