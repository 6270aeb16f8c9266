// Which test files a run takes, and the run itself, with node's own test runner.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join, posix } from 'node:path'
import { importsOf } from './imports.ts'
import { filesIn, ROOT } from './tree.ts'

export const SUITES = ['contract', 'console', 'server', 'cli', 'sdk', 'examples', 'demo', 'e2e', 'bench', 'scripts']

const SLOWEST = new URL('./slowest-files.ts', import.meta.url).href
// Test files and the servers they start load the same modules a few hundred times.
const COMPILED = join(ROOT, 'node_modules/.cache/compiled')

const NEEDS_SYSTEM = /\.(?:postgres|browser)\.test\.ts$/

export interface Selection {
  folders?: readonly string[]
  /** Folders, files or beginnings of paths; each must match something. All when empty. */
  filters?: readonly string[]
  /**
   * Whether tests that need system packages (`*.postgres.test.ts`, `*.browser.test.ts`) are taken too. `only` takes
   * those, and those that run on PostgreSQL as well when a server is named.
   */
  system: boolean | 'only'
}

/** Throws when nothing is found: a run of no tests would pass. */
export function testFiles(root: string, { folders = SUITES, filters = [], system }: Selection): string[] {
  const all = folders
    .flatMap((folder) => filesIn(root, folder))
    .filter((file) => file.endsWith('.test.ts') && (system !== false || !NEEDS_SYSTEM.test(file)))
  const wanted = filters.map((filter) => filter.replace(/^\.\//, ''))
  const unmatched = wanted.filter((filter) => !all.some((file) => file.startsWith(filter)))
  if (unmatched.length > 0) throw new Error(`no test file under ${unmatched.join(', ')}`)
  if (all.length === 0) throw new Error(`no test file under ${folders.join(', ')}`)
  const named = all.filter((file) => wanted.length === 0 || wanted.some((filter) => file.startsWith(filter)))
  if (system !== 'only') return named
  const usesPostgres = readersOf(root, /\bprocess\.env\.TEST_DATABASE_URL\b|\bTEST_DATABASE_URL\b.*= process\.env\b/)
  const left = named.filter((file) => NEEDS_SYSTEM.test(file) || usesPostgres(file))
  if (left.length === 0) throw new Error('no test file that `npm test` leaves out')
  return left
}

/** Whether a file, or one that it imports by a relative path, contains `pattern`. */
function readersOf(root: string, pattern: RegExp): (file: string) => boolean {
  const known = new Map<string, boolean>()
  const reads = (file: string): boolean => {
    const before = known.get(file)
    if (before !== undefined) return before
    known.set(file, false)
    const source = readFileSync(join(root, file), 'utf8')
    const found =
      pattern.test(source) ||
      importsOf(source).some(
        ({ specifier = '' }) => /^\.\.?\/.*\.ts$/.test(specifier) && reads(posix.join(posix.dirname(file), specifier)),
      )
    known.set(file, found)
    return found
  }
  return reads
}

export interface TestRun {
  cwd: string
  env?: NodeJS.ProcessEnv
  concurrency?: number
  signal?: AbortSignal
  output?: 'inherit' | 'ignore'
}

/** Runs the files and resolves with the exit code. */
export function runTests(files: readonly string[], run: TestRun): Promise<number> {
  const { cwd, env = process.env, concurrency = 2, signal, output = 'inherit' } = run
  const flags = ['--test', `--test-concurrency=${concurrency}`, '--test-timeout=600000']
  const reporters = ['spec', SLOWEST].flatMap((one) => [`--test-reporter=${one}`, '--test-reporter-destination=stdout'])
  // Set inside a test process; it would make the runner report to a parent that is not listening.
  const { NODE_TEST_CONTEXT: _, ...clean } = env
  const child = spawn(process.execPath, [...flags, ...reporters, ...files], {
    cwd,
    env: { NODE_COMPILE_CACHE: COMPILED, ...clean },
    stdio: output,
  })
  const stop = () => child.kill('SIGTERM')
  signal?.addEventListener('abort', stop)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, killedBy) => {
      signal?.removeEventListener('abort', stop)
      resolve(code ?? 128 + (killedBy === null ? 0 : constants.signals[killedBy]))
    })
  })
}
