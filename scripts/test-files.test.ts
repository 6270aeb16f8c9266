// A run takes the tests it should, ends as they end, and never passes on nothing.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryTree } from './temporary-tree.ts'
import { runTests, testFiles } from './test-files.ts'

const TREE = {
  'server/src/agents/a.test.ts': '',
  'server/src/agents/race.postgres.test.ts': '',
  'e2e/browser/page.browser.test.ts': '',
  'server/src/agents/a.ts': '',
  'cli/src/b.test.ts': '',
  'conformance/c.test.ts': '',
  'cli/node_modules/x/d.test.ts': '',
}

describe('the selection of tests', () => {
  it('takes every suite, leaves out what needs system packages, and takes it when they are there', () => {
    using tree = temporaryTree(TREE)
    assert.deepEqual(testFiles(tree.root, { system: false }), ['server/src/agents/a.test.ts', 'cli/src/b.test.ts'])
    assert.equal(testFiles(tree.root, { system: true }).length, 4)
  })

  it('narrows by path', () => {
    using tree = temporaryTree(TREE)
    assert.deepEqual(testFiles(tree.root, { filters: ['./cli'], system: false }), ['cli/src/b.test.ts'])
  })

  it('takes after `npm test` what needs system packages, and what runs on PostgreSQL too, however far the file that asks for it', () => {
    const asks = 'const { TEST_DATABASE_URL: url } = process.env\n'
    using tree = temporaryTree({
      ...TREE,
      'e2e/testing/server.ts': 'export const url = process.env.TEST_DATABASE_URL\n',
      'e2e/testing/suite.ts': "import './story.ts'\nexport { url } from './server.ts'\n",
      'e2e/testing/story.ts': "import './suite.ts'\n",
      'e2e/story.test.ts': "import { url } from './testing/suite.ts'\n",
      'server/src/agents/both.test.ts': asks,
      'server/src/agents/said.test.ts': '// TEST_DATABASE_URL is not for this one.\n',
    })
    assert.deepEqual(testFiles(tree.root, { system: 'only' }), [
      'server/src/agents/both.test.ts',
      'server/src/agents/race.postgres.test.ts',
      'e2e/browser/page.browser.test.ts',
      'e2e/story.test.ts',
    ])
    assert.throws(() => testFiles(tree.root, { filters: ['cli'], system: 'only' }), /no test file/)
  })

  it('fails when it finds nothing, or when one of several paths matches nothing', () => {
    using tree = temporaryTree(TREE)
    assert.throws(() => testFiles(tree.root, { filters: ['cli', 'clj'], system: false }), /no test file under clj/)
    assert.throws(() => testFiles(tree.root, { folders: ['e2e'], system: false }), /no test file under e2e/)
    for (const filter of ['server/src/agents/race', 'e2e/browser'])
      assert.throws(() => testFiles(tree.root, { filters: [filter], system: false }), /no test file/)
  })
})

describe('the run of tests', () => {
  const test = (body: string) => `import { it } from 'node:test'\nit('runs', () => { ${body} })\n`

  it('ends with 0 when all pass and with 1 when one fails', async () => {
    using tree = temporaryTree({ 'good.test.ts': test(''), 'bad.test.ts': test("throw new Error('x')") })
    assert.equal(await runTests(['good.test.ts'], { cwd: tree.root, output: 'ignore' }), 0)
    assert.equal(await runTests(['good.test.ts', 'bad.test.ts'], { cwd: tree.root, output: 'ignore' }), 1)
  })

  it('stops when told to', async () => {
    using tree = temporaryTree({ 'endless.test.ts': test('return new Promise(() => setInterval(() => {}, 1000))') })
    const stopping = new AbortController()
    const run = runTests(['endless.test.ts'], { cwd: tree.root, output: 'ignore', signal: stopping.signal })
    stopping.abort()
    assert.notEqual(await run, 0)
  })
})

describe('test:conformance', () => {
  const script = fileURLToPath(new URL('./test-conformance.ts', import.meta.url))
  const run = (args: string[], suites?: string) => {
    const { MANDATE_SUITES: _, ...env } = process.env
    return spawnSync(process.execPath, [script, ...args], {
      encoding: 'utf8',
      env: { ...env, ...(suites !== undefined && { MANDATE_SUITES: suites }) },
    })
  }

  it('says how to name the suites when nobody did', () => {
    const { status, stderr } = run([])
    assert.equal(status, 1)
    assert.match(stderr, /npm run test:conformance -- <folder>/)
  })

  it('fails for a folder that is missing or empty', () => {
    using tree = temporaryTree({})
    for (const { status, stderr } of [run([tree.root]), run([], `${tree.root}/gone`)]) {
      assert.equal(status, 1)
      assert.match(stderr, /no suites in/)
    }
  })
})
