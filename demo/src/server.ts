// Mandate itself, as a stranger starts it: a process of its own on a throw-away folder.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const ROOT = new URL('../../', import.meta.url)
const SERVER = fileURLToPath(new URL('server/src/main.ts', ROOT))
const CLI = fileURLToPath(new URL('cli/src/main.ts', ROOT))

export interface DemoServer {
  issuer: string
  folder: string
  /** The first administrator and the first machine client, made for this run alone. */
  admin: { email: string; password: string }
  machine: { id: string; secret: string }
  /** `mandate …` with that access token; what it printed, and its exit code. */
  command(args: readonly string[], token: string): Promise<{ code: number; out: string }>
  /** Starts it again with `settings` on top. */
  restart(settings: Record<string, string>): Promise<void>
  stop(): Promise<void>
}

const secret = (): string => randomBytes(24).toString('base64url')

/** `port`: 0 takes any that is free. */
export async function startMandate(port: number): Promise<DemoServer> {
  const folder = await mkdtemp(join(tmpdir(), 'mandate-demo-'))
  const at = await freePort(port)
  const admin = { email: 'ada@shop.example', password: `demo-${secret()}` }
  const machine = { id: 'demo-setup', secret: secret() }
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    PORT: String(at),
    MANDATE_DATA_DIR: join(folder, 'data'),
    // The systems of the story are on this machine.
    MANDATE_ALLOWED_PRIVATE_HOSTS: '127.0.0.1,localhost',
    MANDATE_BOOTSTRAP_ADMIN_EMAIL: admin.email,
    MANDATE_BOOTSTRAP_ADMIN_PASSWORD: admin.password,
    MANDATE_BOOTSTRAP_CLIENT_ID: machine.id,
    MANDATE_BOOTSTRAP_CLIENT_SECRET: machine.secret,
    MANDATE_LOG_LEVEL: 'warn',
  }
  const issuer = `http://localhost:${at}`
  let running = await begin(env, folder)
  return {
    ...{ issuer, folder, admin, machine },
    async command(args, token) {
      const { mkdir, writeFile } = await import('node:fs/promises')
      const config = join(folder, 'command', 'mandate')
      await mkdir(config, { recursive: true, mode: 0o700 })
      await writeFile(join(config, 'signed-in.json'), JSON.stringify({ issuer, access_token: token }), { mode: 0o600 })
      const child = spawn(process.execPath, [CLI, ...args], {
        env: { PATH: env.PATH, XDG_CONFIG_HOME: join(folder, 'command') },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const exited = once(child, 'exit')
      const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
      const [code] = await exited
      return { code: code ?? 1, out: out + err }
    },
    async restart(settings) {
      await running.stop()
      Object.assign(env, settings)
      running = await begin(env, folder)
    },
    async stop() {
      await running.stop()
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

async function begin(env: Record<string, string>, cwd: string): Promise<{ stop(): Promise<void> }> {
  const child = spawn(process.execPath, [SERVER], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  let printed = ''
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      printed += chunk
      if (printed.includes('Mandate is ready')) resolve()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    exited.then(() => reject(new Error(`Mandate did not start:\n${printed}`)))
  })
  return {
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await exited
    },
  }
}

/** `wanted` if nobody has it, otherwise any that is free. */
async function freePort(wanted: number): Promise<number> {
  const probe = createServer()
  probe.listen(wanted, 'localhost')
  try {
    await once(probe, 'listening')
  } catch {
    return freePort(0)
  }
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}
