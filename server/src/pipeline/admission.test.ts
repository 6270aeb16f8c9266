import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admitting, type Call, nobody } from './index.ts'

function door() {
  let now = 0
  const authenticate = ({ credentials }: Call) => ({ ...nobody, sub: credentials.authorization as `usr_${string}` })
  const admit = admitting(authenticate, { audience: 'api', perSecond: 2, burst: 3, elapsed: () => now })
  const call = (sub: string, audience = 'api'): Call => ({
    credentials: { audience, authorization: sub },
    input: {},
    correlation: '',
    remote: '',
  })
  return {
    ask: async (sub: string, audience?: string) => admit(call(sub, audience)),
    pass: (ms: number) => {
      now += ms
    },
  }
}

test('a burst goes through, the next one is told when to come back, and waiting helps', async () => {
  const { ask, pass } = door()
  for (let n = 0; n < 3; n++) await ask('usr_a')
  await assert.rejects(ask('usr_a'), (error: { code: string; details: { headers: Record<string, string> } }) => {
    assert.equal(error.code, 'rate_limited')
    assert.equal(error.details.headers['retry-after'], '1')
    return true
  })
  pass(500)
  await ask('usr_a')
  await assert.rejects(ask('usr_a'))
})

test('one caller does not use up what another may ask, and other doors are not counted', async () => {
  const { ask } = door()
  for (let n = 0; n < 3; n++) await ask('usr_a')
  await ask('usr_b')
  for (let n = 0; n < 10; n++) await ask('usr_a', 'gateway')
})
