// A server in a process of its own, whose CPU time can be read: what one call costs there and nowhere else.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { type HttpCall, load } from './load.ts'
import type { FromServer, ToServer } from './processes/answering.ts'

export interface Served {
  url: string
  /** Microseconds of user and system time since the start, all threads. */
  cpu(): Promise<number>
  /** Whether work goes on after the last answer: records written in batches, leaves given to them. */
  lingers: boolean
  stop(): Promise<void>
}

/** One of our programs. */
export interface ServedProgram extends Served {
  /** Bytes of memory that are resident, and the most that ever were. */
  memory(): Promise<{ resident: number; peak: number }>
}

export type Program = 'mandate' | 'pass-through' | 'hello' | 'bare-provider' | 'upstream'

/** Starts `processes/<program>.ts` with `settings`. */
export async function serve(
  program: Program,
  settings: object = {},
  { execArgv = [] }: { execArgv?: string[] } = {},
): Promise<ServedProgram> {
  const child = fork(new URL(`./processes/${program}.ts`, import.meta.url), {
    execArgv,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const ask = async (message: ToServer): Promise<FromServer> => {
    child.send(message)
    const answer = await Promise.race([once(child, 'message'), exited.then(() => undefined)])
    if (!answer) throw new Error(`${program} ended before it answered`)
    return answer[0] as FromServer
  }
  const { url } = await ask({ start: settings })
  return {
    url,
    cpu: async () => (await ask('cpu')).cpu,
    async memory() {
      const { resident, peak } = await ask('cpu')
      return { resident, peak }
    },
    lingers: program === 'mandate',
    stop: () => end(child, exited),
  }
}

async function end(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.send('stop' satisfies ToServer)
  await exited
}

// What a call leaves behind is part of what it costs. Longer than the intervals of the recorder and of the sequencer.
const SETTLE_MS = 600

/** Microseconds of CPU in `served` per call, over `count` calls and what they left behind. */
export async function cpuPerCall(served: Served, call: HttpCall, count: number, concurrency?: number): Promise<number> {
  return (await cpuOf(served, () => load(call, count, concurrency))).cpu / count
}

/** Microseconds of CPU in `served` that `work` and what it left behind took. */
export async function cpuOf<T>(served: Served, work: () => Promise<T>): Promise<{ cpu: number; result: T }> {
  const before = await served.cpu()
  const result = await work()
  if (served.lingers) await delay(SETTLE_MS)
  return { cpu: (await served.cpu()) - before, result }
}
