// `mandate fga test` as a person runs it: a process, a file, what it prints and how it ends.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mandate-fga-'))
after(() => rmSync(folder, { recursive: true }))

const run = (text: string) => {
  const path = join(folder, 'store.fga.yaml')
  writeFileSync(path, text)
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'fga', 'test', path], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

const MODEL = `
  model
    schema 1.1
  type user
  type document
    relations
      define owner: [user]
      define viewer: [user, user:* with late] or owner
  condition late(hour: int) {
    hour > 18
  }`
const store = (tests: string, tuples = '- {user: user:anne, relation: owner, object: document:1}') =>
  `model: |${MODEL}\ntuples:\n  ${tuples}\ntests:\n${tests}`

test('a store whose tests hold says how many, and ends well', () => {
  const { status, stdout } = run(
    store(`
  - name: owners
    tuples:
      - {user: "user:*", relation: viewer, object: document:2, condition: {name: late}}
    check:
      - {user: user:anne, objects: [document:1], assertions: {owner: true, viewer: true}}
      - {user: user:bob, object: document:2, context: {hour: 20}, assertions: {viewer: true}}
    list_objects:
      - {user: user:anne, type: document, context: {hour: 1}, assertions: {viewer: [document:1]}}
    list_users:
      - {object: document:1, user_filter: [{type: user}], assertions: {viewer: {users: [user:anne]}}}
`),
  )
  assert.equal(
    stdout,
    '# Test Summary #\nTests 1/1 passing\nChecks 3/3 passing\nListObjects 1/1 passing\nListUsers 1/1 passing\n',
  )
  assert.equal(status, 0)
})

test('what does not hold is named with what was expected and what came, and the exit says so', () => {
  const { status, stdout } = run(
    store(`
  - name: wrong
    check:
      - {user: user:bob, object: document:1, assertions: {viewer: true}}
      - {user: user:anne, object: document:1, assertions: {reader: true}}
    list_objects:
      - {user: user:anne, type: document, assertions: {viewer: [document:2, document:3]}}
`),
  )
  assert.equal(status, 1)
  assert.match(stdout, /\(FAILING\) wrong: Checks \(0\/2 passing\) \| ListObjects \(0\/1 passing\)/)
  assert.match(stdout, /Check\(user=user:bob,object=document:1,relation=viewer\): expected=true, got=false/)
  assert.match(stdout, /relation=reader\): expected=true, error=validation_error: relation 'document#reader' not found/)
  assert.match(stdout, /expected=\[document:2 document:3\], got=\[document:1\]/)
  assert.match(stdout, /Tests 0\/1 passing/)
})

test('a model that cannot be read is refused with its line and column', () => {
  const { status, stderr } = run(
    'model: |\n  model\n    schema 1.1\n  type user\n  type d\n    relations\n      define a [user]\n',
  )
  assert.equal(status, 1)
  assert.match(stderr, /model:6:14: .*missing ':'/)
})

test('whatever is wrong with a model’s text has its line and column, and no trace of the program', () => {
  const head = ['model', '  schema 1.1', 'type user', 'type d', '  relations']
  const wrong: [lines: string[], at: RegExp][] = [
    [['modle', '  schema 1.1'], /model:1:1: .*'modle'/],
    [['model', '  schema 9'], /model:2:10: .*'9'/],
    [['model', '  schema 1.1', 'type user user'], /model:3:10: /],
    [[...head, '    define a: [user'], /model:7:1: /],
    [[...head, '    define a: b or'], /model:6:19: /],
    [[...head, '    define a: [user] and b or c'], /model:6:27: /],
    [[...head, '    define a: [user]', '    define a: [user]'], /model:7:12: 'a' is already defined in 'd'/],
    [[...head, '    define a: [user with l]', 'condition l(h: hours) {', '  h > 1', '}'], /model:7:16: .*'hours'/],
    [[...head, '    define a: [user with l]', 'condition l(h: int {', '  h > 1', '}'], /model:7:20: /],
  ]
  for (const [lines, at] of wrong) {
    const { status, stdout, stderr } = run(`model: |\n${lines.map((line) => `  ${line}\n`).join('')}`)
    assert.deepEqual([status, stdout], [1, ''], lines.join('\n'))
    assert.match(stderr, /the model cannot be read\n/)
    assert.match(stderr, at)
    assert.doesNotMatch(stderr, /\n {4}at |node_modules/)
  }
})

test('a model, a tuple or a file that is wrong is refused in one line', () => {
  const wrong: [string, RegExp][] = [
    [
      'model: |\n  model\n    schema 1.1\n  type user\n  type d\n    relations\n      define a: b\n',
      /'d#b' relation is undefined/,
    ],
    [store('', '- {user: user:anne, relation: reader, object: document:1}'), /relation 'document#reader' not found/],
    [store('', '- {user: "user:*", relation: viewer, object: document:1}'), /condition is missing/],
    [store('', '- {user: user:anne}'), /a tuple needs user, relation and object/],
    ['model_file: nowhere.fga\n', /nowhere.fga cannot be read/],
    [store(''), /has no tests/],
    ['tests: []\n', /neither model nor model_file/],
    ['- a list\n', /is not an object/],
  ]
  for (const [text, reason] of wrong) {
    const { status, stderr } = run(text)
    assert.equal(status, 1)
    assert.match(stderr, reason)
    assert.doesNotMatch(stderr, /\n {4}at /)
  }
})

test('the store of the guide passes its own tests', () => {
  const guide = new URL('../../../docs/guide/decide-who-may-see-a-record.md', import.meta.url)
  const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(guide, 'utf8')) ?? []
  assert.ok(yaml)
  const { status, stdout } = run(yaml)
  assert.equal(stdout, '# Test Summary #\nTests 1/1 passing\nChecks 2/2 passing\nListObjects 1/1 passing\n')
  assert.equal(status, 0)
})
