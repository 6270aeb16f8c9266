// One-time things used twice, and codes in the wrong hands.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { Browser } from '../testing/browser.ts'
import { eachHouse } from '../testing/house.ts'
import { authorizeUrl, codeFor, endpoint, exchange, registerAgent, signInAt, tokenRequest } from '../testing/shop.ts'

const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')

eachHouse(
  'a code',
  (house) => {
    const orders = () => `${house.issuer}/mcp/orders`
    const who = () => ({ agent: house.shop.agent, person: house.shop.dana })
    const redeem = (form: Record<string, string>) => tokenRequest(house.issuer, house.shop.agent, form)
    const refresh = (refresh_token: string) => redeem({ grant_type: 'refresh_token', refresh_token })

    for (const resource of [undefined, orders])
      test(`redeemed fifty times at once is redeemed once at most, and all of it dies (${resource ? 'JWT' : 'opaque'})`, async () => {
        const form = await codeFor(house.issuer, { ...who(), ...(resource && { resource: resource() }) })
        const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(form)))
        const won = answers.filter(({ status }) => status === 200)
        // None, when the first replay was noticed before the winner's token was signed.
        assert.ok(won.length <= 1, `${won.length} redeemed it`)
        for (const { status, body } of answers)
          if (status !== 200) assert.deepEqual([status, body.error], [400, 'invalid_grant'])
        const { access_token = 'none', refresh_token = 'none' } = won[0]?.body ?? {}
        const asked = await endpoint(house.issuer, '/oauth/introspect', house.shop.agent, { token: access_token })
        assert.deepEqual(asked.body, { active: false })
        assert.equal((await exchange(house.issuer, house.shop.agent, access_token, orders())).status, 400)
        assert.equal((await refresh(refresh_token)).body.error, 'invalid_grant')
      })

    test('used again later takes what it gave with it, delegated tokens included', async () => {
      const form = await codeFor(house.issuer, who())
      const { body } = await redeem(form)
      const held = await exchange(house.issuer, house.shop.agent, body.access_token, orders())
      assert.equal(held.status, 200)
      assert.equal((await redeem(form)).body.error, 'invalid_grant')
      const asked = await endpoint(house.issuer, '/oauth/introspect', house.shop.agent, {
        token: held.body.access_token,
      })
      assert.deepEqual(asked.body, { active: false })
    })

    test('a refresh token used twice takes its successors with it', async () => {
      const first = await signInAt(house.issuer, who())
      const second = (await refresh(first.refresh_token ?? '')).body
      const third = (await refresh(second.refresh_token)).body
      assert.ok(third.refresh_token)
      assert.equal((await refresh(first.refresh_token ?? '')).body.error, 'invalid_grant')
      assert.equal((await refresh(third.refresh_token)).body.error, 'invalid_grant')
      assert.equal((await exchange(house.issuer, house.shop.agent, third.access_token, orders())).status, 400)
    })

    test('a refresh token used fifty times at once is used once at most', async () => {
      const { refresh_token = '' } = await signInAt(house.issuer, who())
      const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(refresh_token)))
      assert.ok(answers.filter(({ status }) => status === 200).length <= 1)
      const last = answers.find(({ status }) => status === 200)
      if (last) assert.equal((await refresh(last.body.refresh_token)).body.error, 'invalid_grant')
    })

    test('without the verifier that its challenge was made of, or elsewhere, it is worth nothing', async () => {
      const { admin, owner } = house.shop
      const thief = await registerAgent(admin, owner, { name: 'Thief' })
      const wrong: Record<string, (form: Record<string, string>) => Record<string, string>> = {
        'another verifier': (form) => ({ ...form, code_verifier: 'w'.repeat(64) }),
        'no verifier': ({ code_verifier: _, ...form }) => form,
        'the challenge as verifier': (form) => ({ ...form, code_verifier: challengeOf(form.code_verifier ?? '') }),
        'another redirect': (form) => ({ ...form, redirect_uri: 'http://127.0.0.1:53682/other' }),
        'no redirect': ({ redirect_uri: _, ...form }) => form,
      }
      for (const [name, change] of Object.entries(wrong)) {
        const answer = await redeem(change(await codeFor(house.issuer, who())))
        assert.equal(answer.status, 400, name)
        assert.ok(['invalid_grant', 'invalid_request'].includes(answer.body.error), `${name}: ${answer.body.error}`)
      }
      const form = await codeFor(house.issuer, who())
      assert.equal((await tokenRequest(house.issuer, thief, form)).body.error, 'invalid_grant')
      const signedIn = await signInAt(house.issuer, who())
      const stolen = { grant_type: 'refresh_token', refresh_token: signedIn.refresh_token ?? '' }
      assert.equal((await tokenRequest(house.issuer, thief, stolen)).body.error, 'invalid_grant')
    })

    test('is not given to a request without PKCE, with plain, or for another answer than a code', async () => {
      const { agent, dana } = house.shop
      const pkce = { code_challenge: challengeOf('v'.repeat(64)), code_challenge_method: 'S256' }
      for (const asked of [
        { scope: 'openid' },
        { scope: 'openid', code_challenge: 'v'.repeat(64), code_challenge_method: 'plain' },
        { scope: 'openid', code_challenge: 'v'.repeat(64) },
        { scope: 'openid', ...pkce, response_type: 'token' },
        { scope: 'openid', ...pkce, response_type: 'code id_token' },
      ] as Record<string, string>[]) {
        const { url } = await new Browser().follow(authorizeUrl(house.issuer, agent, asked), dana)
        const landed = new URL(url.replace('#', '?'))
        assert.equal(landed.searchParams.get('code'), null, JSON.stringify(asked))
        assert.match(String(landed.searchParams.get('error')), /invalid_request|unsupported_response_type/)
      }
    })

    test('is not sent to an address that is not registered, and neither is the error', async () => {
      const { agent, dana } = house.shop
      const pkce = { scope: 'openid', code_challenge: challengeOf('v'.repeat(64)), code_challenge_method: 'S256' }
      for (const redirect_uri of [
        'https://evil.example/callback',
        'http://127.0.0.1:53682/callback/../evil',
        'http://127.0.0.1:53682/callback?x=1',
        'http://127.0.0.1.evil.example:53682/callback',
        'http://user@127.0.0.1:53682/callback',
        'http://localhost:53682/callback',
        'javascript:alert(1)',
        '',
      ]) {
        const { url, page } = await new Browser().follow(
          authorizeUrl(house.issuer, agent, { ...pkce, redirect_uri }),
          dana,
        )
        assert.ok(url.startsWith(house.issuer), `${redirect_uri} was followed to ${url}`)
        assert.match(page, /invalid_re/)
      }
    })
  },
  { records: false },
)
