// The table holds: each row lets its own pass and catches the rest.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { boundaries, ROOMS } from './boundaries.ts'
import { temporaryTree } from './temporary-tree.ts'

const problemsOf = (files: Record<string, string>): string[] => {
  using tree = temporaryTree(files)
  return boundaries(tree.root).problems
}
const importing = (file: string, ...specifiers: string[]) =>
  problemsOf({ [file]: specifiers.map((specifier) => `import '${specifier}'\n`).join('') })

describe('boundaries', () => {
  const allowed: [file: string, specifier: string][] = [
    ['server/src/kernel/ids.ts', '@mandate/contract'],
    ['server/src/platform/http/server.ts', '../../kernel/problem.ts'],
    ['server/src/pipeline/perform.ts', '../platform/database/index.ts'],
    ['server/src/agents/operations/create.ts', '../../directory/index.ts'],
    ['server/src/agents/operations/create.ts', '../store.ts'],
    ['server/src/agents/operations/create.ts', '../../pipeline/index.ts'],
    ['server/src/agents/agents.test.ts', '../gateway/index.ts'],
    ['server/src/agents/agents.test.ts', '../gateway/relay.ts'],
    ['server/src/agents/agents.test.ts', '../compose.ts'],
    ['server/src/agents/agents.test.ts', '../testing/stage.ts'],
    ['server/src/gateway/relay.test.ts', '@mandate/example-orders/http-api.ts'],
    ['server/src/posture/read.ts', '../gateway/index.ts'],
    ['server/src/compose.ts', './gateway/mcp/relay.ts'],
    ['server/src/compose.ts', './config.ts'],
    ['server/src/main.ts', './config.ts'],
    ['contract/src/ids.ts', 'zod'],
    ['contract/src/ids.test.ts', 'node:test'],
    ['cli/src/main.ts', '@mandate/contract/problems.ts'],
    ['e2e/story.test.ts', '@mandate/example-orders/listening.ts'],
    ['bench/src/main.ts', '@mandate/server/compose.ts'],
    ['conformance/fga.test.ts', '../server/src/main.ts'],
    ['scripts/generate.ts', '../server/src/config.ts'],
  ]
  for (const [file, specifier] of allowed)
    it(`lets ${file} import ${specifier}`, () => assert.deepEqual(importing(file, specifier), []))

  const refused: [file: string, specifier: string][] = [
    ['server/src/kernel/ids.ts', '../platform/database/index.ts'],
    ['server/src/platform/http/server.ts', '../../pipeline/index.ts'],
    ['server/src/platform/http/server.ts', '../../config.ts'],
    ['server/src/pipeline/perform.ts', '../directory/index.ts'],
    ['server/src/directory/people.ts', '../agents/index.ts'],
    ['server/src/agents/create.ts', '../directory/store.ts'],
    ['server/src/agents/create.ts', '@mandate/server/directory/store.ts'],
    ['server/src/agents/create.ts', '../directory/../directory/store.ts'],
    ['server/src/agents/create.ts', '../directory/operations/index.ts'],
    ['server/src/agents/create.ts', '../config.ts'],
    ['server/src/agents/create.ts', '../compose.ts'],
    ['server/src/agents/create.ts', '../testing/stage.ts'],
    ['server/src/agents/create.ts', './create.test.ts'],
    ['server/src/agents/create.ts', '../../../examples/orders/src/data.ts'],
    ['server/src/agents/create.ts', '/server/src/directory/store.ts'],
    ['server/src/agents/create.ts', 'file:///server/src/directory/store.ts'],
    ['server/src/agents/create.ts', '#directory/store'],
    ['server/src/gateway/relay.ts', '../access/index.ts'],
    ['server/src/posture/read.ts', '../gateway/relay.ts'],
    ['contract/src/ids.ts', 'fastify'],
    ['contract/src/ids.ts', 'node:fs'],
    ['contract/src/ids.ts', '@mandate/server/kernel/ids.ts'],
    ['cli/src/main.ts', '../../server/src/kernel/ids.ts'],
    ['examples/orders/src/main.ts', '@mandate/server/main.ts'],
    ['e2e/story.test.ts', '@mandate/server/compose.ts'],
    ['e2e/story.test.ts', '../scripts/postgres-cluster.ts'],
  ]
  for (const [file, specifier] of refused)
    it(`catches ${file} importing ${specifier}`, () => assert.equal(importing(file, specifier).length, 1))

  it('catches a computed import in a room', () => {
    const problems = problemsOf({ 'server/src/agents/load.ts': 'import "./x.ts"\nawait import(name)' })
    assert.match(problems.join('\n'), /^server\/src\/agents\/load\.ts:2: imports a computed name/)
  })

  it('catches rooms that import each other in a ring, though each edge is allowed', () => {
    const problems = problemsOf({
      'server/src/posture/read.ts': "import type { End } from '../universal-logout/index.ts'",
      'server/src/universal-logout/end.ts': "import { read } from '../posture/index.ts'",
    })
    assert.match(problems.join('\n'), /in a ring: posture → universal-logout → posture/)
  })

  it('does not know folders that are not in its table', () => {
    assert.match(importing('server/src/attic/box.ts', 'zod').join(), /no row of the table/)
    assert.match(importing('elsewhere/box.ts', 'zod').join(), /no row of the table/)
  })

  it('has a table without rings', () => {
    const standsOn = (room: string, road: readonly string[]): void => {
      assert.ok(!road.includes(room), [...road, room].join(' → '))
      const below = ROOMS[room]
      if (below !== 'any') for (const other of below ?? []) standsOn(other, [...road, room])
    }
    for (const room of Object.keys(ROOMS)) standsOn(room, [])
  })

  it('fails on a tree without files, and on one whose files import nothing', () => {
    assert.deepEqual(problemsOf({ 'README.md': '' }).length, 2)
    assert.match(problemsOf({ 'server/src/kernel/clock.ts': 'export {}' }).join(), /found no imports/)
  })

  it('counts what it saw and exits with 1 when something is wrong', () => {
    using tree = temporaryTree({ 'server/src/kernel/ids.ts': "import '../agents/index.ts'" })
    const script = fileURLToPath(new URL('./boundaries.ts', import.meta.url))
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, tree.root], { encoding: 'utf8' })
    assert.equal(status, 1)
    assert.match(stdout, /1 files, 1 imports, 1 wrong/)
    assert.match(stderr, /server\/src\/kernel\/ids\.ts:1: kernel may not import agents/)
  })
})
