// The program as an operator starts it: what it prints, and how it ends.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('main.ts', import.meta.url))
const LINES = 5

async function started(given: Record<string, string>) {
  const env = { PATH: process.env.PATH ?? '', PORT_CRM: '0', ...given }
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    if (lines.push(line) === LINES) break
  }
  child.kill('SIGTERM')
  assert.deepEqual(await exited, [0, null])
  return lines.join('\n')
}

test('the CRM says where it is and what opens it, and ends cleanly on SIGTERM', async () => {
  const said = await started({})
  assert.match(said, /^CRM +http:\/\/127\.0\.0\.1:\d+$/m)
  assert.match(said, /^client +demo-crm-client \/ demo-crm-secret$/m)
  assert.match(said, /dana@crm\.example \/ dana-demo-password/)
})

test('a secret of one’s own is not printed', async () => {
  const said = await started({ CRM_CLIENT_SECRET: 'chosen', CRM_CLIENT_ID: 'mine' })
  assert.match(said, /mine \/ \(yours\)/)
  assert.ok(!said.includes('chosen'))
})
