// Leaving, and what is left afterwards.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { cookieOf, elsewhere, get, type House, openHouse, post, setCookies } from '../../testing/house.ts'

const PASSWORD = 'correct-horse-battery'

for (const issuer of ['http://localhost:4000', 'https://id.example.com'])
  describe(issuer, () => {
    let house: House
    before(async () => {
      house = await openHouse({ issuer })
      await house.addPerson('dana@example.com', { password: PASSWORD })
    })
    after(() => house.close())

    const enter = async () =>
      post(house, '/sign-in', { email: 'dana@example.com', password: PASSWORD }, { remote: elsewhere() })

    test('signing out ends the session and clears the cookie', async () => {
      const cookie = cookieOf(await enter())
      house.records.ended.length = 0
      const reply = await post(house, '/sign-out', {}, { cookie })
      assert.equal(reply.statusCode, 303)
      assert.equal(reply.headers.location, '/sign-in')
      const name = cookie.split('=')[0]
      assert.match(setCookies(reply)[0] ?? '', new RegExp(`^${name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`))
      assert.equal((await get(house, '/', cookie)).statusCode, 303)
      assert.match(String(house.records.ended[0]?.facts.user), /^usr_/)
      const [row] = await house.rows('select ended_reason from sessions where ended_at is not null')
      assert.equal(row?.ended_reason, 'signed_out')
    })

    test('another site signs nobody out', async () => {
      const cookie = cookieOf(await enter())
      for (const origin of ['https://evil.example', 'null']) {
        const reply = await post(house, '/sign-out', {}, { cookie, origin })
        assert.equal(reply.statusCode, 403)
        assert.equal(reply.headers['set-cookie'], undefined)
      }
      assert.equal((await get(house, '/sign-out', cookie)).statusCode, 404)
      assert.equal((await get(house, '/', cookie)).statusCode, 200)
    })

    test('who is not signed in can sign out as well', async () => {
      assert.equal((await post(house, '/sign-out', {})).statusCode, 303)
      assert.equal((await post(house, '/sign-out', {}, { cookie: 'mandate_session=unknown' })).statusCode, 303)
    })
  })

test('under https the cookie is bound to this host, secure, and the name used without https is cleared', async (t) => {
  const house = await openHouse({ issuer: 'https://id.example.com' })
  t.after(() => house.close())
  await house.addPerson('dana@example.com', { password: PASSWORD })
  const [kept, cleared, ...more] = setCookies(
    await post(house, '/sign-in', { email: 'dana@example.com', password: PASSWORD }),
  )
  assert.match(
    kept ?? '',
    /^__Host-mandate_session=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200; Secure$/,
  )
  assert.equal(cleared, 'mandate_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure')
  assert.deepEqual(more, [])
})
