// The application written for Auth0 FGA, as a process: a line in, a line out.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../../examples/auth0/src/main.ts', import.meta.url))

export interface Asked {
  by: 'filter' | 'retriever' | 'tool' | 'authorizer'
  user: string
  relation?: string
  documents: string[]
  context?: Record<string, unknown>
}

export interface Answered {
  seen?: string[]
  failed?: { name: string; status?: number; code?: string; message: string }
}

export interface Application {
  ask(asked: Asked): Promise<Answered>
  /** Everything it wrote, to whichever stream. */
  output(): string
  close(): Promise<void>
}

/** Starts it with exactly this environment. */
export function startApplication(env: Record<string, string>): Application {
  const child = spawn(process.execPath, [MAIN], { env: { PATH: process.env.PATH ?? '', ...env } })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask(asked) {
      child.stdin.write(`${JSON.stringify(asked)}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`the application ended: ${output}`)
      return JSON.parse(value) as Answered
    },
    output: () => output,
    async close() {
      child.stdin.end()
      await exited
    },
  }
}
