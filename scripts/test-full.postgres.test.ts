// However a full run ends, its cluster is gone with it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryTree } from './temporary-tree.ts'

const SCRIPT = fileURLToPath(new URL('./test-full.ts', import.meta.url))

interface Ended {
  code: number | null
  said: string
  /** What is left in the folder for temporary files. */
  left: string[]
}

function testFull(filter: string, interrupt?: NodeJS.Signals): Promise<Ended> {
  const tree = temporaryTree({})
  // The server's own user must be able to enter.
  chmodSync(tree.root, 0o755)
  const { TEST_DATABASE_URL: _, NODE_TEST_CONTEXT: __, ...env } = process.env
  const child = spawn(process.execPath, [SCRIPT, filter], { env: { ...env, TMPDIR: tree.root } })
  let said = ''
  const listen = (chunk: Buffer) => {
    const began = said.includes('test files')
    said += chunk
    if (!began && said.includes('test files') && interrupt !== undefined) child.kill(interrupt)
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      const left = readdirSync(tree.root)
      tree[Symbol.dispose]()
      resolve({ code, said, left })
    })
  })
}

describe('test:full', () => {
  it('says first what it needs, runs the tests, and leaves nothing behind', async () => {
    const { code, said, left } = await testFull('scripts/adr-numbers.test.ts')
    assert.match(said, /^test:full needs postgresql: /)
    assert.match(said, /pass 7\b/)
    assert.deepEqual({ code, left }, { code: 0, left: [] })
  })

  it('leaves nothing behind when it fails', async () => {
    const { code, said, left } = await testFull('scripts/gone.test.ts')
    assert.match(said, /no test file under scripts\/gone\.test\.ts/)
    assert.deepEqual({ code, left }, { code: 1, left: [] })
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    it(`leaves nothing behind when it is stopped by ${signal}`, async () => {
      const { code, left } = await testFull('scripts/generate.test.ts', signal)
      assert.deepEqual({ code, left }, { code: 130, left: [] })
    })
})
