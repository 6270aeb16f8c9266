// What README and guides tell people to send is what the interface takes: paths that are mounted, bodies that parse.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as contract from '../../contract/src/index.ts'
import { exists, filesNamed, readText } from './quotes.ts'

const SERVER = fileURLToPath(new URL('../../server/src/', import.meta.url))
const GUIDES = readdirSync(fileURLToPath(new URL('../../docs/guide/', import.meta.url)))
const PAGES = ['README.md', ...GUIDES.map((name) => `docs/guide/${name}`)]

/** What the variables of the examples stand for. */
const VARIABLES: Readonly<Record<string, string>> = {
  ME: 'usr_00001',
  OWNER: 'usr_00002',
  DANA: 'usr_00003',
  PERSON: 'usr_00004',
  AGENT: 'agt_00001',
  GROUP: 'grp_00001',
  CONNECTION: 'con_00001',
  CREDENTIAL: 'crd_00001',
  ACCOUNT: 'acc_00001',
  ISSUER: 'http://localhost:4000',
}

const BODIES: Readonly<Record<string, { safeParse(value: unknown): { success: boolean; error?: Error | undefined } }>> =
  {
    'POST /users': contract.NewUser,
    'POST /groups': contract.NewGroup,
    'POST /agents': contract.NewAgent,
    'PATCH /agents/{id}': contract.AgentPatch,
    'POST /agents/{id}/credentials': contract.NewAgentCredential,
    'POST /agents/{id}/suspend': contract.AgentReason,
    'POST /agents/{id}/retire': contract.AgentReason,
    'POST /connections': contract.NewConnection,
    'PATCH /connections/{id}': contract.ConnectionPatch,
    'PUT /connections/{id}/credential': contract.NewConnectionCredential,
    'PUT /agents/{id}/managed-connections/{target}': contract.ManagedConnectionTerms,
    'POST /universal-logout': contract.NewUniversalLogout,
    'GET /approvals': contract.ApprovalQuery,
    'POST /clients': contract.NewClient,
    'GET /audit/events': contract.AuditQuery,
  }

const COMMAND = /npx mandate api (GET|POST|PUT|PATCH|DELETE) "?(\/[^\s"'`)]*)"?(?: +'((?:[^']|'\$\w+')*)')?/g

interface Command {
  method: string
  path: string
  query: Record<string, string>
  body: Record<string, unknown> | undefined
}

function commandsIn(page: string): Command[] {
  return [...page.matchAll(COMMAND)].map(([, method = '', target = '', body]) => {
    const [path = '', query] = target.split('?')
    return {
      method,
      path: filled(path),
      query: Object.fromEntries(new URLSearchParams(filled(query ?? ''))),
      body: body === undefined ? undefined : JSON.parse(filled(body.replace(/'(\$\w+)'/g, '$1'))),
    }
  })
}

const filled = (text: string): string =>
  text.replace(/\$(\w+)/g, (_, name: string) => {
    const value = VARIABLES[name]
    assert.ok(value !== undefined, `nothing says what $${name} stands for`)
    return value
  })

/** Every `METHOD /path` of the management API, from the rooms' own tables. */
function routes(): string[] {
  const rooms = readdirSync(SERVER).filter((room) => exists(`server/src/${room}/routes.ts`))
  return rooms.flatMap((room) =>
    [...readText(`server/src/${room}/routes.ts`).matchAll(/method: '([A-Z]+)', path: '([^']+)'/g)].map(
      ([, method, path]) => `${method} ${path}`,
    ),
  )
}

function routeOf({ method, path }: Command): string | undefined {
  const matches = routes().filter((route) => {
    const [verb, pattern = ''] = route.split(' ')
    return verb === method && new RegExp(`^${pattern.replace(/\{\w+\}/g, '[^/]+')}$`).test(path)
  })
  return matches.find((route) => !route.includes('{')) ?? matches[0]
}

for (const page of PAGES)
  describe(page, () => {
    const commands = commandsIn(readText(page))

    it('calls the API, at paths that are mounted', () => {
      assert.ok(commands.length >= 3, `found ${commands.length} commands: a check that sees nothing proves nothing`)
      assert.equal(commands.length, [...readText(page).matchAll(/npx mandate api/g)].length)
      for (const command of commands) assert.ok(routeOf(command), `${command.method} ${command.path} is not mounted`)
    })

    it('sends bodies and queries that the contract takes', () => {
      for (const command of commands) {
        const schema = BODIES[routeOf(command) ?? '']
        const given = command.method === 'GET' ? command.query : command.body
        if (given === undefined || Object.keys(given).length === 0) continue
        assert.ok(schema, `nothing says what ${routeOf(command)} takes`)
        const { success, error } = schema.safeParse(given)
        assert.ok(success, `${page}: ${command.method} ${command.path}: ${error?.message}`)
      }
    })
  })

describe('pages about the code', () => {
  for (const page of ['SECURITY.md', 'AGENTS.md'])
    it(`${page} names only files that exist`, () => {
      const files = filesNamed(readText(page))
      assert.ok(files.length >= 3, `found ${files.length} files: a check that sees nothing proves nothing`)
      assert.deepEqual(
        files.filter((file) => !exists(file)),
        [],
      )
    })

  it('every test that the threat model names is one', () => {
    const tests = filesNamed(readText('SECURITY.md')).filter((file) => !file.endsWith('public-operations.ts'))
    assert.deepEqual(
      tests.filter((file) => !file.endsWith('.test.ts')),
      [],
    )
  })
})
