import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admission, type Call, nobody } from './index.ts'

const ISSUER = 'https://id.example.com'

function doors() {
  let now = 0
  const two = { perSecond: 2, burst: 3 }
  const admitted = admission({
    issuer: ISSUER,
    rates: { api: two, fga: two, gateway: two, oauth: two },
    anonymous: { perSecond: 2, burst: 20 },
    elapsed: () => now,
  })
  const authenticate = admitted.admitting(({ credentials }: Call) => ({
    ...nobody,
    sub: credentials.authorization as `usr_${string}`,
  }))
  const call = (sub: string, path: string): Call => ({
    credentials: { audience: `${ISSUER}${path}`, authorization: sub },
    input: {},
    correlation: '',
    remote: '',
  })
  return {
    ...admitted,
    ask: async (sub: string, path = '/api') => authenticate(call(sub, path)),
    pass: (ms: number) => {
      now += ms
    },
  }
}

const limited = (seconds: string) => (error: { code: string; details: { headers: Record<string, string> } }) => {
  assert.equal(error.code, 'rate_limited')
  assert.equal(error.details.headers['retry-after'], seconds)
  return true
}

for (const path of ['/api', '/fga', '/mcp/orders', '/audit'])
  test(`${path}: a burst goes through, the next one is told when to come back, and waiting helps`, async () => {
    const { ask, pass } = doors()
    for (let n = 0; n < 3; n++) await ask('usr_a', path)
    await assert.rejects(ask('usr_a', path), limited('1'))
    pass(500)
    await ask('usr_a', path)
    await assert.rejects(ask('usr_a', path))
  })

test('one caller does not use up what another may ask, nor at other doors', async () => {
  const { ask } = doors()
  for (let n = 0; n < 3; n++) await ask('usr_a')
  await ask('usr_b')
  await ask('usr_a', '/fga')
  await ask('usr_a', '/mcp/orders')
})

test('the connections of the gateway are one door', async () => {
  const { ask } = doors()
  for (let n = 0; n < 3; n++) await ask('usr_a', `/mcp/c${n}`)
  await assert.rejects(ask('usr_a', '/mcp/other'), limited('1'))
})

test('strangers are let in until their network has nothing left, and no other network is held back', () => {
  const { anonymous, pass } = doors()
  for (let n = 0; n < 20; n++) anonymous('198.51.100.1')
  assert.throws(() => anonymous('198.51.100.1'), limited('1'))
  anonymous('198.51.100.2')
  pass(500)
  anonymous('198.51.100.1')
  assert.throws(() => anonymous('198.51.100.1'))
})

test('the addresses of one IPv6 network count together', () => {
  const { anonymous } = doors()
  for (let n = 0; n < 20; n++) anonymous(`2001:db8:1:2::${n}`)
  assert.throws(() => anonymous('2001:db8:1:2:ffff::1'), limited('1'))
  anonymous('2001:db8:1:3::1')
})

test('who proves who they are does not count, once for each call', () => {
  const { anonymous } = doors()
  for (let n = 0; n < 100; n++) anonymous('198.51.100.1').identified()
  for (let n = 0; n < 19; n++) anonymous('198.51.100.1')
  const last = anonymous('198.51.100.1')
  last.identified()
  last.identified()
  anonymous('198.51.100.1')
  assert.throws(() => anonymous('198.51.100.1'), limited('1'))
})

test('giving back never fills the bucket beyond its burst', () => {
  const { anonymous } = doors()
  for (let n = 0; n < 100; n++) anonymous('198.51.100.1').identified(5)
  for (let n = 0; n < 20; n++) anonymous('198.51.100.1')
  assert.throws(() => anonymous('198.51.100.1'))
})

test('a client is held back by the requests that it proved to be its own', () => {
  const { checkClient, countClient, pass } = doors()
  for (let n = 0; n < 3; n++) countClient('agt_a')
  assert.throws(() => checkClient('agt_a'), limited('1'))
  checkClient('agt_b')
  pass(500)
  checkClient('agt_a')
})
