import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { closeGently, createHttp, frontOf } from './index.ts'

async function house() {
  const app = await createHttp({ issuer: 'http://localhost', onError: () => {} })
  const begun = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  app.get('/slow', { config: { operation: 'test.slow' } }, async () => {
    begun.resolve()
    await finish.promise
    return { done: true }
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { app, begun, finish, url }
}

test('a request under way is answered, new ones are not taken, and idle connections hold nothing up', async () => {
  const { app, begun, finish, url } = await house()
  const mute = connect(Number(new URL(url).port), '127.0.0.1')
  await once(mute, 'connect')
  const slow = fetch(`${url}/slow`)
  await begun.promise
  let called = false
  const lastCall = async () => {
    called = true
  }
  const closed = closeGently(app, { graceMs: 60_000, lastCall })
  await assert.rejects(fetch(`${url}/slow`))
  finish.resolve()
  assert.deepEqual(await (await slow).json(), { done: true })
  await closed
  assert.equal(called, true)
  mute.destroy()
})

test('what does not end in time is told to let go', async () => {
  const { app, begun, finish, url } = await house()
  const slow = fetch(`${url}/slow`)
  await begun.promise
  const closed = closeGently(app, { graceMs: 10, lastCall: async () => finish.resolve() })
  await slow.catch(() => undefined)
  await closed
})

test('what is under way at a door of its own is answered too, and new requests there are not taken', async () => {
  const { app, begun, finish, url } = await house()
  let answers = 0
  frontOf(app).open({
    base: '/own',
    answer(_, response) {
      answers += 1
      begun.resolve()
      void finish.promise.then(() => response.end('done'))
    },
  })
  const slow = fetch(`${url}/own/thing`)
  await begun.promise
  const order: string[] = []
  const closed = closeGently(app, { graceMs: 60_000, lastCall: async () => void order.push('last call') })
  await assert.rejects(fetch(`${url}/own/thing`))
  order.push('finish')
  finish.resolve()
  assert.equal(await (await slow).text(), 'done')
  await closed
  assert.deepEqual([order, answers], [['finish', 'last call'], 1])
})
