// A server as a stranger starts it: a process of its own, on a folder of its own, ready when it says so.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))

export const BOOTSTRAP = {
  MANDATE_BOOTSTRAP_CLIENT_ID: 'first-machine',
  MANDATE_BOOTSTRAP_CLIENT_SECRET: 'e2e-bootstrap-secret-0123456789abcdef',
  MANDATE_BOOTSTRAP_ADMIN_EMAIL: 'ada@example.com',
  MANDATE_BOOTSTRAP_ADMIN_PASSWORD: 'correct horse battery staple',
}

export interface Server {
  issuer: string
  /** Everything it printed so far. */
  output(): string
  env: Readonly<Record<string, string>>
  /** SIGTERM, and waits for its end. */
  stop(): Promise<void>
  /** SIGKILL, and waits for its end. */
  kill(): Promise<void>
  process: ChildProcess
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}

/** A folder that goes when the test ends. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'mandate-e2e-'))
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) }
}

/** A start that should be refused: how it ended, and what it printed. Killed when it does not end by itself. */
export async function refusedStart(settings: Record<string, string>, cwd: string): Promise<RefusedStart> {
  const env = { PATH: process.env.PATH ?? '', PORT: String(await freePort()), ...settings }
  const child = spawn(process.execPath, [MAIN], { env, cwd, timeout: 20_000, killSignal: 'SIGKILL' })
  const exited = once(child, 'exit')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await exited
  return { code, out, err }
}

export interface RefusedStart {
  code: number | null
  out: string
  err: string
}

/** Starts and waits until it is ready; throws with its output when it ends before. `settings` go on top of a clean environment. */
export async function startServer(settings: Record<string, string>): Promise<Server> {
  const port = Number(settings.PORT ?? (await freePort()))
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    PORT: String(port),
    MANDATE_ALLOWED_PRIVATE_HOSTS: '127.0.0.1,localhost',
    MANDATE_LOG_LEVEL: 'debug',
    ...settings,
  }
  const child = spawn(process.execPath, [MAIN], { env, cwd: settings.MANDATE_DATA_DIR ?? tmpdir() })
  let output = ''
  const exited = once(child, 'exit')
  const issuer = settings.MANDATE_ISSUER ?? `http://localhost:${port}`
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      output += chunk
      if (output.includes('Mandate is ready')) resolve()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    exited.then(([code]) => reject(new Error(`the server ended with ${code}:\n${output}`)))
  })
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await exited
  }
  return { issuer, output: () => output, env, process: child, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
}
