// `mandate backup`, `export`, `restore`, `import`: what the operator does to a house as a whole. `mandate` starts it.
import { parseArgs } from 'node:util'
import { ConfigError, readConfig } from './config.ts'
import { loadArchive } from './maintenance/load.ts'
import { makeArchive } from './maintenance/make.ts'
import { ArchiveRefused } from './platform/archive/index.ts'
import { FolderHeld } from './platform/database/index.ts'
import { MasterKeyUnusable } from './platform/sealing/index.ts'

const EXPECTED = [ArchiveRefused, ConfigError, FolderHeld, MasterKeyUnusable]
const INTERRUPTED = 130
const STOP_MS = 5_000

const say = (line: string) => process.stdout.write(`${line}\n`)
const stopping = new AbortController()
let loading = false
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // A load leaves the old state or the new one wherever it is cut off; an archive under way is taken away first.
    if (loading) process.exit(INTERRUPTED)
    stopping.abort()
    setTimeout(() => process.exit(INTERRUPTED), STOP_MS).unref()
  })

async function run(): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { replace: { type: 'boolean' } } })
  const [verb, path, ...rest] = positionals
  if (path === undefined || rest.length > 0) throw new ArchiveRefused('give the path of one archive')
  const given = { config: readConfig(process.env, process.cwd()), path, now: Date.now(), say }
  switch (verb) {
    case 'backup':
    case 'export':
      return makeArchive({ ...given, kind: verb, signal: stopping.signal })
    case 'restore':
    case 'import':
      loading = true
      return loadArchive({ ...given, verb, replace: values.replace === true })
    default:
      throw new ArchiveRefused(`${verb} is none of backup, export, restore, import`)
  }
}

try {
  await run()
} catch (error) {
  const { message, code } = error as Error & { code?: string }
  const expected = EXPECTED.some((kind) => error instanceof kind)
  const said = expected || code === undefined ? message : `${message} (${code})`
  process.stderr.write(`mandate: ${stopping.signal.aborted ? 'interrupted; no archive was made' : said}\n`)
  process.exit(stopping.signal.aborted ? INTERRUPTED : 1)
}
