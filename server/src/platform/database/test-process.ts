// A second process for tests of what only processes can show: locks between them, and being killed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Child {
  pid: number
  /** Lines it printed, in order; ends when it does. */
  lines: AsyncIterator<string>
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>
  ended: Promise<{ code: number | null; errors: string }>
}

/** Runs `program`, the text of a module beside this file, in a new process. */
export function childRunning(program: string, args: readonly string[] = []): Child {
  const child = spawn(process.execPath, ['--eval', program, '--', ...args], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const closed = once(child, 'close')
  return {
    pid: child.pid ?? 0,
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    async kill() {
      child.kill('SIGKILL')
      await closed
    },
    ended: closed.then(([code]) => ({ code: code as number | null, errors })),
  }
}
