// A run ends with its slowest files.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { slowestFiles } from './slowest-files.ts'
import { temporaryTree } from './temporary-tree.ts'

describe('the slowest files', () => {
  it('come slowest first, no more than asked for, and with the sum of all', () => {
    const times = [
      { file: 'a.test.ts', milliseconds: 1_000 },
      { file: 'b.test.ts', milliseconds: 61_240 },
      { file: 'c.test.ts', milliseconds: 20 },
    ]
    assert.deepEqual(slowestFiles(times, 2), [
      'the 2 slowest of 3 files (62.3 s in all, several at a time)',
      '   61.2 s  b.test.ts',
      '    1.0 s  a.test.ts',
    ])
    assert.deepEqual(slowestFiles(times.slice(0, 1)), [])
  })

  it('are what node calls files, whatever their tests are called, and failed ones too', () => {
    using tree = temporaryTree({
      'one.test.ts': "import { it } from 'node:test'\nit('two.test.ts', () => {})\n",
      'two.test.ts': "throw new Error('x')\n",
    })
    const reporter = fileURLToPath(new URL('./slowest-files.ts', import.meta.url))
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const args = ['--test', `--test-reporter=${reporter}`, 'one.test.ts', 'two.test.ts']
    const { stdout } = spawnSync(process.execPath, args, { cwd: tree.root, env, encoding: 'utf8' })
    const [head = '', ...files] = stdout.trimEnd().split('\n')
    assert.match(head, /^the 2 slowest of 2 files/)
    assert.deepEqual(files.map((line) => line.replace(/^.* {2}/, '')).sort(), ['one.test.ts', 'two.test.ts'])
  })
})
