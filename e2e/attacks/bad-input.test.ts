// Input of every wrong kind on every management route: refused with field and rule, and nothing is written.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { type Answer, answerOf } from '../testing/api.ts'
import { type Body, RIGHT, wrongBodies } from '../testing/bodies.ts'
import { eachHouse } from '../testing/house.ts'

const LISTS = ['users', 'groups', 'roles', 'agents', 'connections', 'resources', 'clients']
const UNREADABLE: Record<string, string> = {
  'half an object': '{"name": "x"',
  nothing: '',
  'a list': '[]',
  'a text': '"name"',
  'a number': '1',
  null: 'null',
  'something deep': `{"name": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  'a name with a NUL': '{"a\\u0000b": 1}',
  'a prototype': '{"__proto__": {"admin": true}, "name": "x"}',
  'a constructor': '{"constructor": {"prototype": {"admin": true}}, "name": "x"}',
  'a form': 'name=x&email=x%40example.com',
  xml: '<name>x</name>',
}
const TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/xml',
  'multipart/form-data; boundary=x',
  'x',
]
const BAD_IDS = [
  'x',
  '%00',
  '..',
  '%2e%2e',
  '..%2f..%2fetc',
  '__proto__',
  'constructor',
  "usr_' or 1=1 --",
  'usr_%F0%28',
  'a'.repeat(3000),
  '%',
  '%E0%A4%A',
  'usr_0\ud800',
]
const BAD_QUERIES = [
  'limit=0',
  'limit=-1',
  'limit=1e9',
  'limit=abc',
  'limit=1&limit=2',
  'limit[]=1',
  'surprise=1',
  '__proto__[x]=1',
  '__proto__=1',
  'cursor=%00',
  'cursor=%ED%A0%80&limit=x',
]

type Wrong = Answer<{
  type?: string
  title?: string
  status?: number
  code?: string
  detail?: string
  errors?: { field: string; rule: string }[]
}>

eachHouse(
  'the management API',
  (house) => {
    let counts = ''
    const named: Record<string, string> = {}

    const filled = (text: string): string =>
      Object.entries(named).reduce((done, [name, value]) => done.replaceAll(name, value), text)
    const right = (route: string): Body => JSON.parse(filled(JSON.stringify(RIGHT[route])))
    const send = async (route: string, body: string | undefined, type = 'application/json'): Promise<Wrong> => {
      const [method = '', path = ''] = filled(route).split(' ')
      const headers = {
        authorization: `Bearer ${house.shop.admin.token}`,
        ...(body !== undefined && { 'content-type': type }),
      }
      return answerOf(
        await fetch(`${house.issuer}/api/v1${path}`, { method, headers, ...(body !== undefined && { body }) }),
      )
    }
    const counted = async (): Promise<string> => {
      const lists = await Promise.all(
        LISTS.map((name) => house.shop.admin.must('GET', `/api/v1/${name}?limit=200`.replace(/(roles)\?.*/, '$1'))),
      )
      const { id } = house.shop.agent
      const more = [`/api/v1/agents/${id}/credentials`, `/api/v1/agents/${id}/managed-connections`]
      return JSON.stringify([...lists, ...(await Promise.all(more.map((path) => house.shop.admin.must('GET', path))))])
    }

    before(async () => {
      const { agent, owner, connections } = house.shop
      Object.assign(named, {
        OWNER: owner,
        AGENT: agent.id,
        CONNECTION: connections.api,
        APPROVAL: `apr_${'0'.repeat(26)}`,
        UPSTREAM: house.upstreams.api,
      })
      counts = await counted()
    })

    function assertProblem(answer: Wrong, what: string): void {
      const { status, headers, body } = answer
      const said = `${what}: ${status} ${JSON.stringify(body).slice(0, 500)}`
      assert.ok(status >= 400 && status < 500, said)
      assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/, said)
      assert.deepEqual(
        [typeof body.type, typeof body.title, typeof body.code, typeof body.detail, body.status],
        ['string', 'string', 'string', 'string', status],
        said,
      )
      assert.doesNotMatch(
        JSON.stringify(body),
        /\\n\s+at |node_modules|\.ts:\d|\/src\/|select |insert into|SQLSTATE|ZodError|FST_/i,
        said,
      )
      for (const { field, rule } of body.errors ?? []) assert.ok(typeof field === 'string' && rule !== '', said)
      assert.ok(JSON.stringify(body).length < 5_000, `${what}: it repeats what it was given`)
    }

    test('every route that takes a body is tried', async () => {
      const { paths } = (await (await fetch(`${house.issuer}/api/v1/openapi.json`)).json()) as {
        paths: Record<string, Record<string, { requestBody?: object }>>
      }
      const taking = Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).flatMap(([method, { requestBody }]) =>
          requestBody ? [`${method.toUpperCase()} ${path.replace('/api/v1', '')}`] : [],
        ),
      )
      const tried = Object.keys(RIGHT).map((route) =>
        route
          .replace('agents/AGENT', 'agents/{id}')
          .replace('approvals/APPROVAL', 'approvals/{id}')
          .replace('connections/CONNECTION', route.includes('managed') ? 'connections/{target}' : 'connections/{id}'),
      )
      assert.deepEqual(taking.sort(), tried.sort())
    })

    for (const route of Object.keys(RIGHT)) {
      test(`${route} names the field that is wrong, and the rule`, async () => {
        for (const { field, how, body } of wrongBodies(right(route))) {
          const answer = await send(route, JSON.stringify(body))
          assertProblem(answer, `${route}, ${how}`)
          assert.equal(answer.status, 400, `${route}, ${how}: ${JSON.stringify(answer.body)}`)
          const fields = answer.body.errors?.map((error) => error.field) ?? []
          assert.ok(
            fields.some((name) => name === field || name.startsWith(`${field}.`) || name.startsWith(`${field}[`)),
            `${route}, ${how}: ${JSON.stringify(answer.body)}`,
          )
        }
      })

      test(`${route} refuses what is no JSON object`, async () => {
        for (const [name, text] of Object.entries(UNREADABLE)) {
          assertProblem(await send(route, text), `${route}, ${name}`)
          for (const type of TYPES) {
            const answer = await send(route, text, type)
            assertProblem(answer, `${route}, ${name} as ${type}`)
          }
        }
        const sent = JSON.stringify(right(route))
        for (const type of TYPES) assert.equal((await send(route, sent, type)).status, 415, `${route} as ${type}`)
        const large = await send(route, JSON.stringify({ ...right(route), surprise: 'a'.repeat(1_100_000) }))
        assert.equal(large.status, 413)
        assertProblem(large, `${route}, large`)
      })
    }

    test('paths and queries that do not fit are refused on every route', async () => {
      const { paths } = (await (await fetch(`${house.issuer}/api/v1/openapi.json`)).json()) as {
        paths: Record<string, Record<string, object>>
      }
      for (const [path, methods] of Object.entries(paths))
        for (const method of Object.keys(methods)) {
          const route = `${method.toUpperCase()} ${path.replace('/api/v1', '')}`
          if (path.includes('{'))
            for (const id of BAD_IDS)
              assertProblem(await send(route.replaceAll(/\{\w+\}/g, id), undefined), `${route} of ${id.slice(0, 20)}`)
          else if (method === 'get')
            for (const query of BAD_QUERIES.filter((each) => !(each === 'cursor=%00' && path.includes('audit')))) {
              const answer = await send(`${route}?${query}`, undefined)
              assertProblem(answer, `${route}?${query}`)
            }
        }
    })

    test('in all of this nothing was written, and nothing failed on our side', async () => {
      assert.equal(await counted(), counts)
      assert.deepEqual(
        house
          .output()
          .split('\n')
          .filter((line) => /"level":"(error|fatal)"/.test(line)),
        [],
      )
      assert.equal(({} as Record<string, unknown>).admin, undefined)
    })
  },
  { records: false },
)
