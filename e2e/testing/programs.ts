// Programs as people run them: the example's agent, and the command line.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const ROOT = new URL('../../', import.meta.url)
export const AGENT_FOLDER = fileURLToPath(new URL('examples/orders/src/agent/', ROOT))
const AGENT = join(AGENT_FOLDER, 'agent.ts')
const CLI = fileURLToPath(new URL('cli/src/main.ts', ROOT))

export interface Ended {
  code: number
  out: string
  err: string
}

/** Runs a program with exactly this environment. */
async function run(file: string, args: readonly string[], env: Record<string, string>): Promise<Ended> {
  const child = spawn(process.execPath, [file, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await exited
  return { code: code ?? -1, out, err }
}

export type AgentEnvironment = {
  MANDATE_ISSUER: string
  AGENT_ID: string
  AGENT_SECRET: string
  SUBJECT_TOKEN: string
}

export interface StepOutcome {
  ok: boolean
  status?: number
  result?: Record<string, unknown>
  refused?: Record<string, unknown>
}

/** The agent of the example with a script of steps; what each came to. */
export async function runAgent(env: AgentEnvironment, steps: readonly object[]): Promise<StepOutcome[]> {
  const { code, out, err } = await run(AGENT, [JSON.stringify(steps)], env)
  if (code !== 0) throw new Error(`the agent ended with ${code}: ${err}`)
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** `mandate …` with exactly this environment. */
export const runMandate = (args: readonly string[], env: Record<string, string>): Promise<Ended> => run(CLI, args, env)

/** `mandate …` as whoever has `token`, signed in by a file in `folder`. */
export async function mandate(
  args: readonly string[],
  { issuer, token, folder }: { issuer: string; token: string; folder: string },
): Promise<Ended> {
  await mkdir(join(folder, 'mandate'), { recursive: true })
  const signedIn = JSON.stringify({ issuer, access_token: token })
  await writeFile(join(folder, 'mandate', 'signed-in.json'), signedIn, { mode: 0o600 })
  return run(CLI, args, { XDG_CONFIG_HOME: folder })
}
