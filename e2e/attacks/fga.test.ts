// The relationship API from outside: whoever is refused there, and for whatever, is told in OpenFGA's form.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { type Answer, type Api, answerOf, machineApi } from '../testing/api.ts'
import { eachHouse } from '../testing/house.ts'
import { runMandate } from '../testing/programs.ts'
import { BOOTSTRAP } from '../testing/server.ts'

interface Store {
  id: string
}

interface Refused {
  code: string
  message: string
}

eachHouse(
  'the relationship API',
  (house) => {
    let fga: Api
    let admin: Api
    let at = ''
    before(async () => {
      ;[admin, fga] = [await machineApi(house.issuer), await machineApi(house.issuer, '/fga')]
      at = `/stores/${(await fga.must('POST', '/fga/stores', { name: 'refusals' })).id}`
    })

    const send = async (
      route: string,
      headers: Record<string, string> = {},
      body?: string,
    ): Promise<Answer<Refused>> => {
      const [method = '', path = ''] = route.split(' ')
      return answerOf(
        await fetch(`${house.issuer}/fga${path}`, { method, headers, ...(body !== undefined && { body }) }),
      )
    }
    function refused(
      { status, headers, body }: Answer<Refused>,
      expected: [status: number, code: string],
      what: string,
    ) {
      const said = `${what}: ${status} ${JSON.stringify(body)}`
      assert.deepEqual([status, body.code], expected, said)
      assert.match(headers.get('content-type') ?? '', /^application\/json/, said)
      assert.deepEqual(Object.keys(body), ['code', 'message'], said)
      assert.equal(headers.get('fga-request-id'), headers.get('x-request-id'), said)
      assert.match(headers.get('fga-request-id') ?? '', /^req_/, said)
    }
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

    test('without a token, or with one that counts for nothing here, every route says which', async () => {
      const [head = '', claims = '', signature = ''] = fga.token.split('.')
      const wider = Buffer.from(
        JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), sub: 'x' }),
      )
      const unsigned = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
      const basic = Buffer.from(Object.values(BOOTSTRAP).slice(0, 2).join(':')).toString('base64')
      const cases: [what: string, headers: Record<string, string>, code: string][] = [
        ['none', {}, 'bearer_token_missing'],
        ['basic', { authorization: `Basic ${basic}` }, 'bearer_token_missing'],
        ['no value', { authorization: 'Bearer ' }, 'bearer_token_missing'],
        ['a cookie', { cookie: `mandate_session=${fga.token}` }, 'bearer_token_missing'],
        ['nonsense', bearer('nonsense'), 'invalid_claims'],
        ['another audience', bearer(admin.token), 'invalid_claims'],
        ['changed claims', bearer([head, wider.toString('base64url'), signature].join('.')), 'invalid_claims'],
        ['no signature', bearer(`${unsigned}.${claims}.`), 'invalid_claims'],
      ]
      const routes = [
        ...['GET /stores', 'POST /stores', `GET ${at}`, `DELETE ${at}`, `POST ${at}/write`, `POST ${at}/check`],
        ...[`POST ${at}/batch-check`, `POST ${at}/list-objects`, `GET ${at}/changes`, `POST ${at}/read`],
      ]
      for (const [what, headers, code] of cases)
        for (const route of routes) {
          const answer = await send(
            route,
            { ...headers, 'content-type': 'application/json' },
            route.startsWith('POST') ? '{}' : undefined,
          )
          refused(answer, [401, code], `${route} with ${what}`)
          assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/, what)
        }
      assert.equal((await fga.call('GET', `/fga${at}`)).status, 200)
    })

    test('a token that was revoked is unauthenticated at its next use', async () => {
      const mine = await machineApi(house.issuer, '/fga')
      assert.equal((await mine.call('GET', '/fga/stores')).status, 200)
      const revoked = await fetch(`${house.issuer}/oauth/revoke`, {
        method: 'POST',
        body: new URLSearchParams({
          ...{ token: mine.token, client_id: BOOTSTRAP.MANDATE_BOOTSTRAP_CLIENT_ID },
          client_secret: BOOTSTRAP.MANDATE_BOOTSTRAP_CLIENT_SECRET,
        }),
      })
      assert.equal(revoked.status, 200)
      refused(await send('GET /stores', bearer(mine.token)), [401, 'unauthenticated'], 'revoked')
    })

    test('what leads nowhere says so to everybody alike', async () => {
      for (const headers of [{}, bearer(fga.token)]) {
        for (const path of [
          '',
          '/',
          '/nowhere',
          `${at}/nothing`,
          '/stores/%zz',
          '/stores/%00/x',
          `/${'x'.repeat(5000)}`,
        ])
          refused(await send(`GET ${path}`, headers), [404, 'undefined_endpoint'], path.slice(0, 40))
        for (const route of [`GET ${at}/check`, `PUT ${at}/write`, 'DELETE /stores'])
          refused(await send(route, headers), [404, 'unimplemented'], route)
      }
      const beside = await fetch(`${house.issuer}/fganything`)
      assert.match(beside.headers.get('content-type') ?? '', /^application\/problem\+json/)
      const head = await fetch(`${house.issuer}/fga${at}/nothing`, { method: 'HEAD' })
      assert.deepEqual([head.status, await head.text()], [404, ''])
    })

    test('a body that is broken, too large or cut off is refused, and the server goes on', async () => {
      const json = { ...bearer(fga.token), 'content-type': 'application/json' }
      refused(await send(`POST ${at}/check`, json, '{"tuple_key":'), [400, 'validation_error'], 'half')
      refused(await send(`POST ${at}/check`, json, '['.repeat(1_000_000)), [400, 'validation_error'], 'deep')
      refused(
        await send(`POST ${at}/check`, json, `"${'x'.repeat(1_100_000)}"`),
        [400, 'exceeded_entity_limit'],
        'large',
      )
      const { hostname, port } = new URL(house.issuer)
      const socket = connect(Number(port), hostname)
      socket.write(
        `POST /fga${at}/write HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${fga.token}\r\n` +
          'content-type: application/json\r\ncontent-length: 1000\r\nconnection: close\r\n\r\n{"writes": {',
      )
      socket.end()
      await text(socket)
      assert.equal((await fga.call('GET', `/fga${at}`)).status, 200)
      assert.deepEqual((await fga.must('GET', `/fga${at}/changes`)).changes, [])
    })

    test('a store file that cannot be read, or is not valid, leaves nothing behind on the server', async () => {
      const stores = async () => (await fga.must('GET', '/fga/stores?page_size=100')).stores.map(({ id }: Store) => id)
      const before = await stores()
      const head = 'model: |\n  model\n    schema 1.1\n  type user\n  type d\n    relations\n'
      const anne = 'tuples:\n  - {user: user:anne, relation: a, object: d:1}\n'
      const files: [text: string, said: RegExp][] = [
        [`${head}      define a [user]\n`, /model:6:14: missing ':'/],
        [`${head}      define a: b\n      define b: a\n`, /invalid_authorization_model: .*computed from itself/],
        [
          `${head}      define a: [user]\n${anne}  - {user: user:anne, relation: b, object: d:1}\n`,
          /relation 'd#b' not found/,
        ],
      ]
      for (const [file, said] of files) {
        const path = join(house.folder, 'wrong.fga.yaml')
        await writeFile(path, file)
        const { code, err } = await runMandate(['fga', 'import', path], {
          ...{ FGA_API_URL: `${house.issuer}/fga`, FGA_API_TOKEN: fga.token },
        })
        assert.equal(code, 1)
        assert.match(err, said)
        assert.deepEqual(await stores(), before)
      }
    })

    after(() => {
      const errors = house
        .output()
        .split('\n')
        .filter((line) => /"level":"(error|fatal)"/.test(line))
      assert.deepEqual(errors, [])
    })
  },
  { shop: false },
)
