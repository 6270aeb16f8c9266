// Auth0's published FGAFilter and FGARetriever, unchanged: their environment names this server, and they filter by it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CredentialsMethod, OpenFgaClient } from '@openfga/sdk'
import { type Api, api, clientCredentials, machineApi } from '../testing/api.ts'
import { type SecureServer, startSecureServer } from '../testing/secure-server.ts'
import { type Application, startApplication } from './testing/auth0-application.ts'

const MODEL = {
  schema_version: '1.1',
  type_definitions: [
    { type: 'user' },
    {
      type: 'team',
      relations: { member: { this: {} } },
      metadata: { relations: { member: { directly_related_user_types: [{ type: 'user' }] } } },
    },
    {
      type: 'doc',
      relations: { viewer: { this: {} }, reader_by_day: { this: {} } },
      metadata: {
        relations: {
          viewer: { directly_related_user_types: [{ type: 'user' }, { type: 'team', relation: 'member' }] },
          reader_by_day: { directly_related_user_types: [{ type: 'user', condition: 'by_day' }] },
        },
      },
    },
  ],
  conditions: {
    by_day: {
      ...{ name: 'by_day', expression: 'hour >= 8 && hour < 18' },
      parameters: { hour: { type_name: 'TYPE_NAME_INT' } },
    },
  },
}
const NOBODYS_STORE = '01ARZ3NDEKTSV4RRFFQ69G5FAV'

let server: SecureServer
let admin: Api
let fga: Api
let store = ''
let client = { id: '', secret: '' }
const applications: Application[] = []

const doc = (n: number) => `doc:${n}`
const docs = (...numbers: number[]) => numbers.map(doc)

before(async () => {
  server = await startSecureServer()
  admin = await machineApi(server.issuer)
  fga = await machineApi(server.issuer, '/fga')
  store = (await fga.must('POST', '/fga/stores', { name: 'auth0' })).id
  await fga.must('POST', `/fga/stores/${store}/authorization-models`, MODEL)
  client = await service('retriever', ['relationships:read'])
  await write(
    ...docs(1, 3, 5).map((object) => ({ user: 'user:anne', relation: 'viewer', object })),
    { user: 'user:bob', relation: 'member', object: 'team:sales' },
    { user: 'team:sales#member', relation: 'viewer', object: 'doc:2' },
    { user: 'user:anne', relation: 'reader_by_day', object: 'doc:7', condition: { name: 'by_day' } },
  )
})
after(async () => {
  for (const application of applications) await application.close()
  await server.stop()
})

const write = (...keys: object[]) => fga.must('POST', `/fga/stores/${store}/write`, { writes: { tuple_keys: keys } })
const erase = (...keys: object[]) => fga.must('POST', `/fga/stores/${store}/write`, { deletes: { tuple_keys: keys } })

/** A service that may ask for tokens at /fga, with these scopes. */
async function service(name: string, scopes: string[]): Promise<{ id: string; secret: string }> {
  const { client_id: id, client_secret: secret } = await admin.must('POST', '/api/v1/clients', {
    ...{ name, type: 'service', access: { [`${server.issuer}/fga`]: scopes } },
  })
  return { id, secret }
}

/** The application with the environment its documentation names, and `settings` on top. */
function application(settings: Record<string, string> = {}): Application {
  const started = startApplication({
    FGA_API_URL: `${server.issuer}/fga`,
    FGA_API_AUDIENCE: `${server.issuer}/fga`,
    FGA_API_TOKEN_ISSUER: new URL(server.issuer).host,
    FGA_STORE_ID: store,
    FGA_CLIENT_ID: client.id,
    FGA_CLIENT_SECRET: client.secret,
    NODE_EXTRA_CA_CERTS: server.certificate,
    ...settings,
  })
  applications.push(started)
  return started
}

/** Calls of an operation that ended, over the life of the server. */
async function counted(operation: string): Promise<number> {
  const text = await (await fetch(`${server.issuer}/metrics`)).text()
  const lines = text
    .split('\n')
    .filter((line) => /^\w*operations_total\{/.test(line) && line.includes(`"${operation}"`))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

test('the filter keeps what the user may see, in its order: one is denied, one unknown, one twice', async () => {
  const { ask } = application()
  const documents = docs(5, 2, 99, 1, 5, 3)
  assert.deepEqual(await ask({ by: 'filter', user: 'user:anne', documents }), { seen: docs(5, 1, 5, 3) })
  assert.deepEqual(await ask({ by: 'filter', user: 'user:bob', documents }), { seen: docs(2) })
  assert.deepEqual(await ask({ by: 'filter', user: 'user:nobody', documents }), { seen: [] })
})

test('the retriever, its tool and the authorizer of tools say the same', async () => {
  const { ask } = application()
  const documents = docs(1, 2, 3, 4)
  assert.deepEqual(await ask({ by: 'retriever', user: 'user:anne', documents }), { seen: docs(1, 3) })
  assert.deepEqual(await ask({ by: 'tool', user: 'user:anne', documents }), { seen: docs(1, 3) })
  const denied = 'The user is not allowed to perform the action.'
  assert.deepEqual(await ask({ by: 'authorizer', user: 'user:anne', documents }), {
    seen: ['doc:1', denied, 'doc:3', denied],
  })
})

test('what cannot be judged is not shown, and does not hide the rest', async () => {
  const { ask } = application()
  const documents = ['doc:1', 'folder:1', 'doc', 'doc:*', '__proto__:1', 'doc:3']
  assert.deepEqual(await ask({ by: 'filter', user: 'user:anne', documents }), { seen: docs(1, 3) })
  const unknown = await ask({ by: 'filter', user: 'user:anne', relation: 'owner', documents: docs(1, 3) })
  assert.deepEqual(unknown, { seen: [] })
})

test('a condition is judged with the context the application sends', async () => {
  const { ask } = application()
  const asked = { by: 'filter', user: 'user:anne', relation: 'reader_by_day', documents: docs(7) } as const
  assert.deepEqual(await ask({ ...asked, context: { hour: 9 } }), { seen: docs(7) })
  assert.deepEqual(await ask({ ...asked, context: { hour: 20 } }), { seen: [] })
  assert.deepEqual(await ask(asked), { seen: [] })
})

test('what is taken away is gone at the next call, and what is given is there', async () => {
  const { ask } = application()
  const key = (object: string) => ({ user: 'user:carl', relation: 'viewer', object })
  const seen = async () => (await ask({ by: 'retriever', user: 'user:carl', documents: docs(11, 12) })).seen
  await write(key('doc:11'), key('doc:12'))
  assert.deepEqual(await seen(), docs(11, 12))
  await erase(key('doc:11'))
  assert.deepEqual(await seen(), docs(12))
  await write(key('doc:11'))
  await erase(key('doc:12'))
  assert.deepEqual(await seen(), docs(11))
})

test('hundreds of documents are asked in batches of fifty, with one token', async () => {
  const { ask } = application()
  const documents = Array.from({ length: 620 }, (_, n) => doc(1000 + n))
  const visible = documents.filter((_, n) => n % 7 === 0)
  await write(...visible.map((object) => ({ user: 'user:dora', relation: 'viewer', object })))
  const [batches, tokens] = [await counted('relationships.batch-check'), await counted('oauth.token')]
  assert.deepEqual(await ask({ by: 'filter', user: 'user:dora', documents }), { seen: visible })
  assert.equal((await counted('relationships.batch-check')) - batches, 13)
  assert.deepEqual(await ask({ by: 'filter', user: 'user:erin', documents }), { seen: [] })
  // Ten batches at once find no token yet and each fetch one; after that it is kept.
  const fetched = (await counted('oauth.token')) - tokens
  assert.ok(fetched >= 1 && fetched <= 10, `${fetched} tokens`)
})

test('the token lives long enough for clients that renew it early', async () => {
  const answer = await clientCredentials(server.issuer, { ...client, resource: `${server.issuer}/fga` })
  assert.deepEqual([answer.body.token_type, answer.body.expires_in], ['Bearer', 1200])
})

test('a wrong secret, an unknown client, another audience: the packages say so and show nothing', async () => {
  const asked = { by: 'filter', user: 'user:anne', documents: docs(1) } as const
  const elsewhere = await service('elsewhere', ['relationships:read'])
  await admin.must('DELETE', `/api/v1/clients/${elsewhere.id}`)
  for (const [what, settings, status] of [
    ['a wrong secret', { FGA_CLIENT_SECRET: 'mdt_wrong' }, 401],
    ['an unknown client', { FGA_CLIENT_ID: 'cli_unknown' }, 401],
    ['a client that was removed', { FGA_CLIENT_ID: elsewhere.id, FGA_CLIENT_SECRET: elsewhere.secret }, 401],
    ['an audience it has no access to', { FGA_API_AUDIENCE: `${server.issuer}/api` }, 400],
    ['no audience of ours', { FGA_API_AUDIENCE: 'https://api.us1.fga.dev/' }, 400],
  ] as const) {
    const { failed, seen } = await application(settings).ask(asked)
    assert.equal(seen, undefined, what)
    assert.equal(failed?.status, status, `${what}: ${JSON.stringify(failed)}`)
  }
})

test('a client that is removed is refused at its next call, whatever token it still holds', async () => {
  const leaving = await service('leaving', ['relationships:read'])
  const { ask } = application({ FGA_CLIENT_ID: leaving.id, FGA_CLIENT_SECRET: leaving.secret })
  const asked = { by: 'filter', user: 'user:anne', documents: docs(1) } as const
  assert.deepEqual(await ask(asked), { seen: docs(1) })
  await admin.must('DELETE', `/api/v1/clients/${leaving.id}`)
  const { failed, seen } = await ask(asked)
  assert.equal(seen, undefined)
  assert.deepEqual([failed?.name, failed?.status, failed?.code], ['FgaApiAuthenticationError', 401, 'unauthenticated'])
})

test('a client reads with its scope, and writes nothing', async () => {
  const { body } = await clientCredentials(server.issuer, { ...client, resource: `${server.issuer}/fga` })
  const reader = api(server.issuer, body.access_token)
  const key = { user: 'user:eve', relation: 'viewer', object: 'doc:1' }
  const refused = await reader.call('POST', `/fga/stores/${store}/write`, { writes: { tuple_keys: [key] } })
  assert.deepEqual([refused.status, refused.body.code], [403, 'forbidden'])
  const asked = await reader.must('POST', `/fga/stores/${store}/check`, { tuple_key: key })
  assert.equal(asked.allowed, false)
})

test('a store that is nobody’s, or has no model, is an error of the request, and not asked for again', async () => {
  const asked = { by: 'filter', user: 'user:anne', documents: docs(1) } as const
  const before = await counted('relationships.batch-check')
  const missing = await application({ FGA_STORE_ID: NOBODYS_STORE }).ask(asked)
  assert.deepEqual(
    [missing.failed?.name, missing.failed?.status, missing.failed?.code],
    ['FgaApiNotFoundError', 404, 'store_id_not_found'],
  )
  const { id: empty } = await fga.must('POST', '/fga/stores', { name: 'no model yet' })
  const bare = await application({ FGA_STORE_ID: empty }).ask(asked)
  assert.deepEqual(
    [bare.failed?.name, bare.failed?.status, bare.failed?.code],
    ['FgaApiValidationError', 400, 'latest_authorization_model_not_found'],
  )
  assert.equal((await counted('relationships.batch-check')) - before, 2)
  const nonsense = await application({ FGA_STORE_ID: 'my-store' })
    .ask(asked)
    .catch((error: Error) => error)
  assert.match(nonsense instanceof Error ? nonsense.message : JSON.stringify(nonsense), /FgaValidationError|storeId/)
})

test('the next line of the SDK, which takes the issuer as a URL and names its model, asks and is refused as well', async () => {
  const { id: model } = (await fga.must('GET', `/fga/stores/${store}/authorization-models`)).authorization_models[0]
  const asking = (settings: { storeId?: string; authorizationModelId?: string; clientSecret?: string }) => {
    const { clientSecret = client.secret, ...more } = settings
    return new OpenFgaClient({
      ...{ apiUrl: `${server.issuer}/fga`, storeId: store, authorizationModelId: model, ...more },
      credentials: {
        method: CredentialsMethod.ClientCredentials,
        config: {
          ...{ apiTokenIssuer: server.issuer, apiAudience: `${server.issuer}/fga` },
          ...{ clientId: client.id, clientSecret },
        },
      },
    })
  }
  const key = { user: 'user:anne', relation: 'viewer', object: 'doc:1' }
  assert.equal((await asking({}).check(key)).allowed, true)
  const { result } = await asking({}).batchCheck({ checks: [key, { ...key, object: 'doc:2' }] })
  assert.deepEqual(result.map(({ allowed }) => allowed).sort(), [false, true])
  const refused = async (work: Promise<unknown>, name: string, code: string | undefined) =>
    await assert.rejects(work, (error: Error & { apiErrorCode?: string }) => {
      assert.deepEqual([error.name, error.apiErrorCode], [name, code], error.message)
      return true
    })
  await refused(asking({ clientSecret: 'wrong' }).check(key), 'FgaApiAuthenticationError', undefined)
  await refused(asking({}).check({ ...key, relation: 'owner' }), 'FgaApiValidationError', 'validation_error')
  const gone = asking({ authorizationModelId: NOBODYS_STORE })
  await refused(gone.check(key), 'FgaApiValidationError', 'authorization_model_not_found')
  await refused(asking({ storeId: NOBODYS_STORE }).check(key), 'FgaApiNotFoundError', 'store_id_not_found')
  await refused(asking({}).read({ user: 'user:anne' }), 'FgaApiValidationError', 'validation_error')
  await refused(asking({}).read({}, { pageSize: 101 }), 'FgaApiValidationError', 'page_size_invalid')
})

test('neither secrets nor tokens are in what the server printed', () => {
  const printed = server.output()
  assert.ok(printed.length > 0)
  assert.ok(!printed.includes(client.secret))
  assert.doesNotMatch(printed, /eyJ[\w-]+\.eyJ/)
})
