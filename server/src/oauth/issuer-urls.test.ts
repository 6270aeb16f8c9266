// Every URL of the protocol comes from the issuer, whatever host and scheme a request claims; cookies are Secure with it.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { compose } from '../compose.ts'
import { memoryConfig } from '../config.ts'
import type { Server } from '../server.ts'

const FOREIGN: Record<string, string>[] = [
  { host: 'evil.example' },
  { host: 'mandate.example', 'x-forwarded-proto': 'http' },
  { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'gopher' },
  { forwarded: 'host=evil.example;proto=http' },
]
const DOCUMENTS = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']
const AUTHORIZE = `/authorize?${new URLSearchParams({
  client_id: 'mandate-cli',
  response_type: 'code',
  redirect_uri: 'http://127.0.0.1:4999/callback',
  code_challenge: createHash('sha256').update('verifier').digest('base64url'),
  code_challenge_method: 'S256',
})}`

for (const issuer of ['https://mandate.example', 'https://mandate.example/', 'https://mandate.example/identity'])
  describe(`a server whose issuer is ${issuer}`, () => {
    let server: Server
    let port: string
    before(async () => {
      server = await compose(memoryConfig({ issuer, host: '127.0.0.1' }))
      ;({ port } = new URL(await server.listen()))
    })
    after(() => server.stop())

    async function get(path: string, headers: Record<string, string>) {
      const asked = request({ host: '127.0.0.1', port, path, headers }).end()
      const [answer] = (await once(asked, 'response')) as [NodeJS.ReadableStream & { headers: IncomingHttpHeaders }]
      return { headers: answer.headers, body: await text(answer) }
    }

    it('says nothing of another host or scheme in its discovery documents', async () => {
      for (const path of DOCUMENTS)
        for (const headers of FOREIGN) {
          const { issuer: named, ...rest } = JSON.parse((await get(path, headers)).body) as Record<string, unknown>
          assert.equal(named, issuer)
          const urls = Object.entries(rest).filter(([name]) => /_endpoint$|_uri$/.test(name))
          assert.ok(urls.length >= 7, `found ${urls.length} URLs`)
          for (const [name, url] of urls) {
            assert.ok(String(url).startsWith(`${issuer.replace(/\/$/, '')}/`), `${name} is ${url}`)
            assert.doesNotMatch(String(url), /([^:])\/\//, `${name} is ${url}`)
          }
        }
    })

    it('sends nobody elsewhere, and gives no cookie that travels in the clear', async () => {
      for (const headers of FOREIGN) {
        const { headers: answered } = await get(AUTHORIZE, headers)
        const cookies = answered['set-cookie'] ?? []
        assert.ok(cookies.length > 0, `no cookie from ${JSON.stringify(answered)}`)
        for (const cookie of cookies) assert.match(cookie, /;\s*secure/i)
        assert.doesNotMatch(String(answered.location), /evil|gopher|^http:/)
      }
    })
  })
