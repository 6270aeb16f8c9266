// Starts the server in a process of its own and passes signals on.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))

export async function start(): Promise<number> {
  const server = spawn(process.execPath, [SERVER], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill(signal))
  const [code] = await once(server, 'exit')
  return code ?? 1
}
