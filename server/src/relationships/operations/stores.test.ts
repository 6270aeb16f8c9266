// Stores over HTTP.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Served, served } from '../testing/server.ts'

let server: Served
before(async () => {
  server = await served()
})
after(() => server.close())

test('a store is made, read, listed in pages and deleted', async () => {
  const made = await server.post('/stores', { name: 'a store' })
  assert.equal(made.status, 201)
  assert.deepEqual(Object.keys(made.body), ['id', 'name', 'created_at', 'updated_at'])
  assert.match(made.body.id, /^[0-9A-HJKMNP-TV-Z]{26}$/)
  assert.ok(made.position > 0)
  const at = `/stores/${made.body.id}`
  assert.deepEqual((await server.get(at)).body, made.body)
  await server.post('/stores', { name: 'another store' })

  const seen: string[] = []
  for (let token = ''; ; ) {
    const { body } = await server.get(`/stores?page_size=1&continuation_token=${token}`)
    assert.equal(body.stores.length, 1)
    seen.push(body.stores[0].id)
    token = body.continuation_token
    if (token === '') break
  }
  assert.ok(seen.includes(made.body.id))
  assert.equal(new Set(seen).size, seen.length)
  assert.deepEqual((await server.get('/stores?name=a%20store')).body.stores, [made.body])

  assert.equal((await server.remove(at)).status, 204)
  assert.deepEqual(await server.get(at).then(({ status, body }) => [status, body]), [
    404,
    { code: 'store_id_not_found', message: 'Store ID not found' },
  ])
  assert.equal((await server.remove(at)).status, 204)
})
