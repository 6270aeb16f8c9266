// Each habit is caught when it is broken, and what only looks like a breach is left alone.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the code under test holds templates of its own.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { habits } from './habits.ts'
import { temporaryTree } from './temporary-tree.ts'

const SOUND = { 'server/src/agents/store.ts': 'export const now = 1\n' }
const problemsOf = (files: Record<string, string>): string[] => {
  using tree = temporaryTree({ ...SOUND, ...files })
  return habits(tree.root).problems
}

describe('habits', () => {
  it('has nothing to say about a sound tree', () => assert.deepEqual(problemsOf({}), []))

  for (const path of ['server/src/utils/text.ts', 'cli/src/helpers.ts', 'docs/misc/a.md', 'cli/src/date-utils.test.ts'])
    it(`catches the attic ${path}`, () => assert.equal(problemsOf({ [path]: '' }).length, 1))

  it('lets a name hold such a word as part of another', () => {
    assert.deepEqual(problemsOf({ 'docs/library.md': '', 'cli/src/common-name.ts': '' }), [])
  })

  it('catches a file of 401 lines and lets 400, and data of any length, pass', () => {
    assert.deepEqual(problemsOf({ 'cli/src/long.ts': 'x\n'.repeat(400), 'e2e/cases.json': '\n'.repeat(900) }), [])
    assert.match(problemsOf({ 'cli/src/long.ts': 'x\n'.repeat(401) }).join(), /401 lines/)
  })

  it('catches a door of 30 lines', () => {
    assert.deepEqual(problemsOf({ 'server/src/agents/index.ts': 'x\n'.repeat(29) }), [])
    assert.match(problemsOf({ 'server/src/agents/index.ts': 'x\n'.repeat(30) }).join(), /a door has under 30/)
  })

  it('catches a merge that nobody finished, and lets a rule of equals signs pass', () => {
    const [left, right] = ['<'.repeat(7), '>'.repeat(7)]
    assert.deepEqual(problemsOf({ 'docs/a.md': 'A heading\n=======\n\n<<<<<<<<\n' }), [])
    assert.match(
      problemsOf({ 'docs/a.md': `a\n${left} HEAD\nb\n=======\nc\n${right} other\n` }).join(),
      /a\.md:2: a merge/,
    )
  })

  const forbidden = [
    'const a = Date.now()',
    'const a = new Date()',
    'const a = new Date',
    'const a = new Date;',
    'const a = await fetch(url)',
    'const a = globalThis.fetch(url)',
    'const a = process.env.HOME',
    'const { HOME } = process.env',
    'const clock = Date.now',
    'const a = `${Date.now()}`',
  ]
  for (const code of forbidden)
    for (const file of ['server/src/agents/x.ts', 'server/src/pipeline/x.ts', 'server/src/kernel/x.ts'])
      it(`catches ${code} in ${file}`, () => assert.equal(problemsOf({ [file]: `\n${code}\n` }).length, 1))

  it('leaves alone what only looks like it', () => {
    const code = [
      '// Date.now() is not called here',
      "const a = 'fetch(url)'",
      'const b = new Date(at)',
      'const c = outbound.fetch(url)',
      'const d: Date = new Date(0)',
      'const e = prefetch(url)',
    ].join('\n')
    assert.deepEqual(problemsOf({ 'server/src/agents/x.ts': code }), [])
  })

  it('lets the clock, the ids, the platform and tests use what they wrap', () => {
    const code = 'const a = Date.now()'
    const files = ['server/src/kernel/clock.ts', 'server/src/kernel/ids.ts', 'server/src/platform/http/x.ts']
    assert.deepEqual(
      problemsOf(Object.fromEntries([...files, 'server/src/agents/x.test.ts'].map((f) => [f, code]))),
      [],
    )
  })

  it('keeps the body of an operation out of everyone’s reach but the road’s', () => {
    const code = "import { bodyOf } from '../pipeline/operation.ts'\nbodyOf(x).run(y)"
    assert.match(problemsOf({ 'server/src/agents/x.ts': code }).join(), /bodyOf is for the road alone/)
    assert.deepEqual(problemsOf({ 'server/src/pipeline/perform.ts': code }), [])
  })

  it('fails on a tree without files of rooms', () => {
    using tree = temporaryTree({ 'cli/src/main.ts': '' })
    assert.match(habits(tree.root).problems.join(), /found no files of rooms/)
  })
})
