// Circles are found however long they are, and a tree without files passes nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { circles } from './circles.ts'
import { temporaryTree } from './temporary-tree.ts'

function problemsOf(files: Record<string, string>): string[] {
  using tree = temporaryTree(files)
  return circles(tree.root).problems
}

test('files that import each other over others are found, also where only types are imported', () => {
  const problems = problemsOf({
    'server/src/a.ts': "import { b } from './b.ts'",
    'server/src/b.ts': "import type { C } from './c.ts'",
    'server/src/c.ts': "export { a } from './a.ts'",
    'server/src/d.ts': "import './a.ts'",
  })
  assert.deepEqual(problems, ['files import each other: server/src/a.ts, server/src/b.ts, server/src/c.ts'])
})

test('two ways to one file are no circle', () => {
  const files = {
    'server/src/a.ts': "import './b.ts'\nimport './c.ts'",
    'server/src/b.ts': "import './c.ts'",
    'server/src/c.ts': 'export const c = 1',
  }
  assert.deepEqual(problemsOf(files), [])
})

test('seeing nothing is no proof', () => {
  assert.match(problemsOf({}).join(), /found no files/)
})
