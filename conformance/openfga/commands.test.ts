// A sample store through the command line: imported into a server, exported again, and tested as exported.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { served } from '@mandate/server/relationships/testing/server.ts'

const CLI = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url))
const store = join(process.env.MANDATE_SUITES ?? '', 'openfga/stores/temporal-access.fga.yaml')
const folder = mkdtempSync(join(tmpdir(), 'mandate-fga-'))

let server: Awaited<ReturnType<typeof served>>
let url = ''
before(async () => {
  server = await served()
  url = `${await server.listen()}/fga`
})
after(async () => {
  rmSync(folder, { recursive: true })
  await server.close()
})

async function mandate(...args: string[]): Promise<string> {
  const env = { ...process.env, FGA_API_URL: url, FGA_API_TOKEN: 'anyone' }
  const command = spawn(process.execPath, [CLI, 'fga', ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  return text(command.stdout)
}

test('what is imported comes out as a store that passes its own tests', async () => {
  const imported = await mandate('import', store)
  const id = /^store (\w+)/.exec(imported)?.[1] ?? ''
  assert.match(imported, /3 tuples, 4 assertions/)
  const exported = join(folder, 'exported.fga.yaml')
  writeFileSync(exported, await mandate('export', '--store-id', id))
  assert.match(await mandate('test', exported), /Tests 1\/1 passing\nChecks 4\/4 passing/)
  assert.match(await mandate('import', exported, '--store-id', id), /3 tuples, 4 assertions/)
})
