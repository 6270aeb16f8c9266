// The command line, as an operator runs it: a process of its own with the server's settings.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url))
const MAINTENANCE = fileURLToPath(new URL('../../server/src/maintenance.ts', import.meta.url))

export interface Ran {
  code: number | null
  out: string
  err: string
}

export interface Where {
  env: Readonly<Record<string, string>>
  cwd: string
}

export async function mandate(args: readonly string[], where: Where): Promise<Ran> {
  const child = spawn(process.execPath, [CLI, ...args], { ...where, timeout: 120_000, killSignal: 'SIGKILL' })
  const ended = once(child, 'close')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await ended
  return { code, out, err }
}

/** What `mandate restore` starts, alone: it can be killed without leaving anything running. */
export const maintenance = (args: readonly string[], where: Where): ChildProcess =>
  spawn(process.execPath, [MAINTENANCE, ...args], { ...where, stdio: ['ignore', 'pipe', 'pipe'] })
