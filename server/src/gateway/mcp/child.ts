// A program as a child process that speaks lines of JSON: minimal environment, no shell, and gone when it must be.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { RESULT_LIMIT } from '../model.ts'

const GRACE_MS = 2_000
const STDERR_LIMIT = 64 * 1024
const UNWRITTEN_LIMIT = 8 * 1024 * 1024

export interface ChildGiven {
  command: string
  args: readonly string[]
  /** All there is in its environment beside PATH and HOME. */
  env: Readonly<Record<string, string>>
  path: string
  /** Folder in which its empty home is made. */
  homes: string
  /** Taken out of what it writes to its error stream. */
  secrets: readonly string[]
  debug(text: string): void
  /** A whole line, without its end. */
  line(text: string): void
  /** Called once, however it ended; with a sentence for the caller. */
  ended(why: string): void
}

export interface Child {
  /** False when it does not read any more, or not fast enough. */
  write(line: string): boolean
  /** Resolves when it is gone. */
  end(): Promise<void>
}

export function startChild(given: ChildGiven): Child {
  const home = mkdtempSync(join(given.homes, 'mcp-'))
  // A group of its own, so that what it starts ends with it.
  const child = spawn(given.command, [...given.args], {
    cwd: home,
    env: { ...given.env, PATH: given.path, HOME: home },
    stdio: 'pipe',
    shell: false,
    detached: true,
  })
  const gone = Promise.withResolvers<void>()
  let over = false
  let why = 'The program behind this connection ended.'

  function finish(): void {
    if (over) return
    over = true
    try {
      rmSync(home, { recursive: true, force: true, maxRetries: 3 })
    } catch {
      given.debug('the home of a program could not be removed')
    }
    given.ended(why)
    gone.resolve()
  }

  function signal(name: NodeJS.Signals): void {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name)
    } catch {
      // Nobody left in the group.
    }
  }

  async function end(): Promise<void> {
    if (over) return
    child.stdin.end()
    signal('SIGTERM')
    const impatient = setTimeout(() => signal('SIGKILL'), GRACE_MS)
    await gone.promise
    clearTimeout(impatient)
  }

  function fault(sentence: string): void {
    why = sentence
    signal('SIGKILL')
  }

  readLines(child.stdout, given.line, () => fault('The program behind this connection sent too much at once.'))
  let heard = 0
  // By lines, so that no secret is cut in two and missed.
  const overheard = (text: string) => {
    if (heard < STDERR_LIMIT) given.debug(redacted(text, given.secrets))
    heard += text.length
  }
  readLines(child.stderr, overheard, () => undefined)
  child.stdin.on('error', () => undefined)
  child.on('error', () => {
    why = 'The program behind this connection could not be started.'
    finish()
  })
  // What it started, and left behind, would keep its pipes open.
  child.on('exit', () => signal('SIGKILL'))
  child.on('close', finish)
  return {
    write(line) {
      if (over || !child.stdin.writable) return false
      if (child.stdin.writableLength > UNWRITTEN_LIMIT) {
        fault('The program behind this connection stopped reading.')
        return false
      }
      child.stdin.write(`${line}\n`)
      return true
    },
    end,
  }
}

function readLines(stream: NodeJS.ReadableStream, line: (text: string) => void, tooLong: () => void): void {
  let held: Buffer[] = []
  let bytes = 0
  stream.on('data', (chunk: Buffer) => {
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const whole = Buffer.concat([...held, chunk.subarray(from, at)])
      if (whole.length > RESULT_LIMIT) return tooLong()
      held = []
      bytes = 0
      from = at + 1
      line(whole.toString('utf8'))
    }
    if (from < chunk.length) {
      held.push(chunk.subarray(from))
      bytes += chunk.length - from
    }
    if (bytes > RESULT_LIMIT) {
      held = []
      tooLong()
    }
  })
}

const redacted = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((left, secret) => left.replaceAll(secret, '[credential]'), text)
