// `mandate backup`, `export`, `restore`, `import`: run beside the server's code, with the server's settings.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Usage } from './usage.ts'

const MAINTENANCE = fileURLToPath(new URL('../../server/src/maintenance.ts', import.meta.url))

/** Options are read strictly: a misspelled --replace must not become a file's name. */
const filesIn = (args: string[], options: Record<string, { type: 'boolean' }>): string[] => {
  try {
    return parseArgs({ args, allowPositionals: true, options }).positionals
  } catch (error) {
    throw new Usage((error as Error).message)
  }
}

export const archiveCommand =
  (verb: 'backup' | 'export' | 'restore' | 'import') =>
  async (args: string[]): Promise<number> => {
    const files = filesIn(args, verb === 'restore' ? { replace: { type: 'boolean' } } : {})
    if (files.length !== 1) throw new Usage('name one file')
    const child = spawn(process.execPath, [MAINTENANCE, verb, ...args], { stdio: 'inherit' })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
    const [code] = await once(child, 'exit')
    return code ?? 1
  }
