// Pages have no power of their own: each takes the road, and what no room offers is not there.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { html } from '@mandate/console'
import { cookieOf, elsewhere, get, openHouse, post } from '../testing/house.ts'
import type { PageRoute } from './mount.ts'
import { pageRoutes } from './routes/index.ts'

const PASSWORD = 'correct-horse-battery'
const GUARD = 'authentication.get-me'

async function opened(pages: readonly PageRoute[]) {
  const house = await openHouse({ pages })
  await house.addPerson('dana@example.com', { password: PASSWORD })
  const form = { email: 'dana@example.com', password: PASSWORD }
  return { house, cookie: cookieOf(await post(house, '/sign-in', form, { remote: elsewhere() })) }
}

test('a page that forgot the road is never shown, and neither is one that took another', async () => {
  const shown = { body: html`<p>everything</p>` }
  const { house, cookie } = await opened([
    { method: 'GET', path: '/forgot', guard: GUARD, view: async () => shown },
    { method: 'POST', path: '/forgot', guard: GUARD, view: async () => shown },
    {
      ...{ method: 'GET', path: '/other', guard: 'authentication.sign-out' },
      view: async (visit) => {
        await visit.me()
        return shown
      },
    },
  ])
  const posted = () => post(house, '/forgot', {}, { cookie })
  for (const visit of [() => get(house, '/forgot', cookie), () => get(house, '/forgot'), posted]) {
    const reply = await visit()
    assert.equal(reply.statusCode, 500)
    assert.doesNotMatch(reply.body, /everything/)
  }
  assert.equal((await get(house, '/other', cookie)).statusCode, 500)
  assert.match(String(house.failures[0]), /did not perform authentication\.get-me/)
  await house.close()
})

test('a page whose room is not there is not there either, and nothing leads to it', async () => {
  const { house, cookie } = await opened(pageRoutes)
  const home = await get(house, '/', cookie)
  assert.equal(home.statusCode, 200)
  assert.doesNotMatch(home.body, /href="\/(approvals|agents|my\/agents|audit)/)
  for (const path of ['/approvals', '/agents', '/my/agents', '/audit'])
    assert.equal((await get(house, path, cookie)).statusCode, 404, path)
  assert.deepEqual(house.failures, [])
  await house.close()
})

test('every page names the operation it stands or falls with', () => {
  assert.ok(pageRoutes.length >= 12)
  for (const { guard, path } of pageRoutes) assert.match(guard, /^[a-z-]+\.[a-z-]+$/, path)
})

test('a field that comes twice counts as none, and names of objects are no fields', async () => {
  const seen: unknown[] = []
  const { house, cookie } = await opened([
    {
      ...{ method: 'GET', path: '/look', guard: GUARD },
      view: async (visit) => {
        await visit.me()
        seen.push(visit.query.a, visit.query.b, visit.query.toString, visit.query.constructor)
        return { body: html`` }
      },
    },
  ])
  await get(house, '/look?a=1&b=1&b=2', cookie)
  assert.deepEqual(seen, ['1', undefined, undefined, undefined])
  await house.close()
})
