// Managing the house in a person's name: no program gets there unseen, and no token answers what people are asked.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openDesk } from '../approvals/testing/desk.ts'
import { api } from '../testing/api.ts'
import { signedIn } from '../testing/approving.ts'
import { Browser } from '../testing/browser.ts'
import { eachHouse } from '../testing/house.ts'
import { authorizeUrl, COMMAND_LINE, codeFor, type Shop, signInAt, tokenRequest } from '../testing/shop.ts'

const CLI = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url))
const LISTENER = { ...COMMAND_LINE, redirect: 'http://127.0.0.1:5999/callback' }
const PKCE = { code_challenge: createHash('sha256').update('v'.repeat(64)).digest('base64url') }
const HOUSE = ['/api', '/fga', '/audit']

/** Where a browser comes to that nobody looks at: redirects are followed, nothing is pressed. */
async function opened(browser: Browser, url: string): Promise<{ at: URL; page: string }> {
  const home = new URL(url).origin
  for (let at = url, hops = 0; hops < 10; hops++) {
    if (new URL(at).origin !== home) return { at: new URL(at), page: '' }
    const answer = await browser.request(at)
    const onward = answer.headers.get('location')
    if (onward === null) return { at: new URL(at), page: await answer.text() }
    at = new URL(onward, at).href
  }
  throw new Error(`too many redirects from ${url}`)
}

/** The address that a program prints; what it prints afterwards is read too, or it would fail to print it. */
const addressIn = (stdout: Readable): Promise<string> =>
  new Promise((resolve) => {
    let printed = ''
    stdout.on('data', (part) => {
      printed += part
      const url = /(http\S+)\s/.exec(printed)?.[1]
      if (url !== undefined) resolve(url)
    })
  })

eachHouse(
  'the house',
  (house) => {
    const apiOf = () => `${house.issuer}/api`
    const asked = (client: Shop['agent'], more: Record<string, string> = {}) =>
      authorizeUrl(house.issuer, client, {
        ...{ scope: 'admin', resource: apiOf(), ...PKCE, code_challenge_method: 'S256', ...more },
      })
    const token = async (scope: string) =>
      api(
        house.issuer,
        (await signInAt(house.issuer, { agent: COMMAND_LINE, person: house.shop.dana, resource: apiOf(), scope }))
          .access_token,
      )
    let browser: Browser
    before(async () => {
      browser = await signedIn(house.issuer, house.shop.dana)
    })

    test('gives a program that makes the signed-in browser ask for it no code, but shows the person what asks', async () => {
      for (let round = 0; round < 2; round++) {
        const { at, page } = await opened(browser, asked(LISTENER))
        assert.match(at.pathname, /^\/interaction\//)
        for (const words of [
          'Any program on this machine',
          'Everything that your roles allow',
          '127.0.0.1:5999',
          apiOf(),
        ])
          assert.ok(page.includes(words), `${words} is not on the page`)
        // Looking at it, however often and with the answer in the address, says nothing.
        for (const query of ['', '?answer=allow']) {
          const again = await browser.request(`${at.href}${query}`)
          assert.equal(again.headers.get('location'), null)
          assert.match(await again.text(), /You go on to/)
        }
        // The person says yes this time: the next one that asks is asked about again.
        const { page: done, url } = await browser.follow(at.href, house.shop.dana)
        assert.ok(new URL(url).searchParams.has('code'), done)
      }
      const silent = await opened(browser, asked(LISTENER, { prompt: 'none' }))
      assert.equal(silent.at.searchParams.get('code'), null)
      assert.equal(silent.at.searchParams.get('error'), 'consent_required')
    })

    test('shows only what can be given, whatever words the request has', async () => {
      const { page } = await opened(browser, asked(LISTENER, { scope: 'agents:read made-up audit:read openid' }))
      assert.match(page, /agents:read and audit:read/)
      assert.doesNotMatch(page, /made-up|Everything that your roles allow/)
    })

    test('takes the yes from its own page only, and a no is a no', async () => {
      const { at } = await opened(browser, asked(LISTENER))
      for (const headers of [
        { origin: 'http://127.0.0.1:5999' },
        { origin: 'null' },
        { origin: house.issuer, 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ]) {
        const body = new URLSearchParams({ answer: 'allow' })
        const { status } = await browser.request(at.href, { method: 'POST', body, headers })
        assert.equal(status, 403, JSON.stringify(headers))
      }
      const stranger = await new Browser().post(at.href, { answer: 'allow' })
      assert.equal(stranger.status, 404, 'another browser says nothing for this one')
      assert.match((await opened(browser, at.href)).page, /You go on to/, 'nothing was said')
      const { url } = await browser.follow(at.href, house.shop.dana, 'deny')
      assert.equal(new URL(url).searchParams.get('error'), 'access_denied')
      assert.equal(new URL(url).searchParams.get('code'), null)
    })

    test('takes no answer to an approval by a token, although the person said yes to the command line', async (t) => {
      const desk = await openDesk(house)
      t.after(() => desk.close())
      const id = await desk.asks({ amount: 1, note: 'mine' })
      const cli = await token('admin')
      assert.equal((await cli.call('GET', `/api/v1/approvals/${id}`)).status, 200)
      for (const say of ['approve', 'deny']) {
        const { status, body } = await cli.call('POST', `/api/v1/approvals/${id}/${say}`, {})
        assert.deepEqual([status, body.reasons], [403, ['only_a_person_in_their_own_session']])
      }
      assert.equal((await desk.look(id)).status, 'pending')
      assert.equal((await desk.say(id, 'approve')).status, 200)
    })

    test('gives an application that people sign in to nothing of its own, at no step', async () => {
      const { admin, dana } = house.shop
      for (const type of ['web', 'spa', 'native']) {
        const redirect = 'http://127.0.0.1:53682/callback'
        const client = { name: 'Wiki', type, redirect_uris: [redirect] }
        const made = await admin.must('POST', '/api/v1/clients', client)
        const wiki = { id: made.client_id, secret: made.client_secret ?? '', redirect }
        for (const path of HOUSE)
          for (const scope of ['admin', 'openid admin', 'openid', 'approvals:read']) {
            const { at } = await opened(browser, asked(wiki, { resource: `${house.issuer}${path}`, scope }))
            assert.equal(at.searchParams.get('error'), 'invalid_target', `${type} ${path} ${scope}`)
          }
        // Signing in is what it is for; what it gets thereby opens nothing, and does not grow.
        const who = { agent: wiki, person: dana, browser, scope: 'openid offline_access' }
        const redeemed = await tokenRequest(house.issuer, wiki, {
          ...{ ...(await codeFor(house.issuer, who)), resource: apiOf() },
        })
        assert.equal(redeemed.body.error, 'invalid_target')
        const signed = await signInAt(house.issuer, who)
        const form = { grant_type: 'refresh_token', refresh_token: signed.refresh_token ?? '' }
        const refreshed = await tokenRequest(house.issuer, wiki, { ...form, resource: apiOf(), scope: 'openid' })
        assert.equal(refreshed.body.error, 'invalid_target')
        for (const held of [signed.access_token, signed.id_token ?? ''])
          assert.equal((await api(house.issuer, held).call('GET', '/api/v1/me')).status, 401)
      }
    })

    test('tells a token that was given for something else nothing of the person, and does nothing of theirs', async () => {
      const own: [method: string, path: string][] = [
        ['GET', '/api/v1/me'],
        ['GET', '/api/v1/me/agents'],
        ['GET', '/api/v1/me/accounts'],
        ['GET', '/api/v1/approvals'],
        ['GET', '/api/v1/events'],
        ['DELETE', `/api/v1/me/agents/${house.shop.agent.id}`],
        ['DELETE', '/api/v1/me/accounts/acc_00001'],
      ]
      const other = await token('audit:read')
      for (const [method, path] of own) assert.equal((await other.call(method, path)).status, 403, `${method} ${path}`)
      const reader = await token('approvals:read agents:read')
      assert.equal((await reader.call('GET', '/api/v1/approvals')).status, 200)
      assert.equal((await reader.call('GET', '/api/v1/me/agents')).status, 200)
      assert.equal((await reader.call('DELETE', `/api/v1/me/agents/${house.shop.agent.id}`)).status, 403)
    })

    test('lets a person in by mandate login after they pressed yes, and tells them of a no', async (t) => {
      const env = { XDG_CONFIG_HOME: join(house.folder, 'person') }
      const run = (...args: string[]) => {
        const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
        t.after(() => child.kill())
        return { child, ended: Promise.all([once(child, 'exit'), text(child.stderr)]) }
      }
      for (const answer of ['deny', 'allow'] as const) {
        const { child, ended } = run('login', '--issuer', house.issuer)
        const shown = await opened(browser, await addressIn(child.stdout))
        assert.match(shown.page, /manage the house as you/)
        const { url } = await browser.follow(shown.at.href, house.shop.dana, answer)
        assert.match(await (await fetch(url)).text(), /go back to the terminal/)
        const [[code], errors] = await ended
        assert.equal(code, answer === 'allow' ? 0 : 1, errors)
        if (answer === 'deny') assert.match(errors, /the person said no/i)
      }
      const me = run('api', 'GET', '/me')
      assert.equal(JSON.parse(await text(me.child.stdout)).email, house.shop.dana.email)
    })
  },
  { records: false },
)
