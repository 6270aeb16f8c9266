// Bad days: late answers, errors before and after the tokens changed, dropped connections, an outage.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import type { TokenRequest } from './crm.ts'
import { openCrm } from './testing/client.ts'

test('a slow token endpoint keeps nobody else waiting, and changes tokens before it answers', async (t) => {
  const judged = Promise.withResolvers<TokenRequest>()
  const onToken = (entry: TokenRequest) => entry.grant_type === 'refresh_token' && judged.resolve(entry)
  const { client, crm } = await openCrm(t, { onToken })
  const { access_token, refresh_token } = await client.granted()
  crm.slowToken(600_000)
  const hangUp = new AbortController()
  const refreshed = client.refresh(refresh_token, {}, hangUp.signal)
  const entry = await judged.promise
  assert.deepEqual([entry.outcome, entry.answer], ['issued', 'waiting'])
  assert.ok(await client.alive(access_token))
  hangUp.abort()
  await assert.rejects(refreshed, { name: 'AbortError' })
  crm.slowToken(0)
  assert.equal((await client.refresh(refresh_token)).body.error, 'invalid_grant')
  assert.equal(crm.counts.reuse_detected, 1)
  await crm.close()
  assert.equal(entry.answer, 'lost')
})

test('a slow answer does arrive, and not before its time', async (t) => {
  const { client, crm } = await openCrm(t, { slowTokenMs: 40 })
  const started = performance.now()
  const tokens = await client.granted()
  // Timers count whole milliseconds.
  assert.ok(performance.now() - started >= 39)
  assert.ok(await client.alive(tokens.access_token))
  assert.equal(crm.journal[0]?.answer, 'sent')
})

test('a 500 before rotation leaves the old token good', async (t) => {
  const { client, crm } = await openCrm(t)
  const { refresh_token } = await client.granted()
  crm.breakToken({ when: 'before', how: 'status_500' }, 2)
  assert.equal((await client.refresh(refresh_token)).status, 500)
  assert.equal((await client.refresh(refresh_token)).status, 500)
  assert.equal((await client.refresh(refresh_token)).status, 200)
  assert.deepEqual(
    crm.journal.map(({ outcome }) => outcome),
    ['issued', 'server_error', 'server_error', 'issued'],
  )
  crm.breakToken({ when: 'before', how: 'status_500' }, Number.POSITIVE_INFINITY)
  assert.equal((await client.refresh('crm_rt_guess')).status, 500)
  crm.mendToken()
  assert.equal((await client.refresh('crm_rt_guess')).status, 400)
})

for (const how of ['drop', 'status_500'] as const) {
  test(`an answer lost after rotation (${how}) costs the grant without a grace`, async (t) => {
    const { client, crm } = await openCrm(t)
    const { refresh_token, access_token } = await client.granted()
    crm.breakToken({ when: 'after', how })
    const status = await client.refresh(refresh_token).then(
      (answer) => answer.status,
      () => 'dropped',
    )
    assert.equal(status, how === 'drop' ? 'dropped' : 500)
    assert.deepEqual([crm.journal[1]?.outcome, crm.journal[1]?.answer], ['issued', 'lost'])
    assert.equal((await client.refresh(refresh_token)).body.error, 'invalid_grant')
    assert.equal(await client.alive(access_token), false)
  })

  test(`an answer lost after rotation (${how}) is found again within the grace`, async (t) => {
    const { client, crm } = await openCrm(t, { graceMs: 1_000 })
    const { refresh_token } = await client.granted()
    crm.breakToken({ when: 'after', how })
    await client.refresh(refresh_token).catch(() => undefined)
    const { status, body } = await client.refresh(refresh_token)
    assert.equal(status, 200)
    assert.ok(await client.alive(body.access_token))
    assert.deepEqual([crm.counts.rotated, crm.counts.replayed], [1, 1])
  })
}

test('after an outage everything it knew is still there', async (t) => {
  const { client, crm } = await openCrm(t)
  const { refresh_token, access_token } = await client.granted()
  const { port } = new URL(client.url)
  await crm.close()
  await assert.rejects(client.refresh(refresh_token))
  await crm.start(Number(port))
  assert.ok(await client.alive(access_token))
  assert.equal((await client.refresh(refresh_token)).status, 200)
})

test('it cannot listen twice, and says so when its port is taken', async (t) => {
  const { crm } = await openCrm(t)
  await assert.rejects(crm.start(0), /already listening/)
  const taken = createServer().listen(0, '127.0.0.1')
  t.after(() => taken.close())
  await once(taken, 'listening')
  const address = taken.address()
  assert.ok(address && typeof address === 'object')
  await crm.close()
  await assert.rejects(crm.start(address.port), { code: 'EADDRINUSE' })
  await crm.start(0)
})
