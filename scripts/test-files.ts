// Which test files a run takes, and the run itself, with node's own test runner.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { filesIn } from './tree.ts'

export const SUITES = ['contract', 'console', 'server', 'cli', 'sdk', 'examples', 'demo', 'e2e', 'bench', 'scripts']

const NEEDS_SYSTEM = /\.(?:postgres|browser)\.test\.ts$/

export interface Selection {
  folders?: readonly string[]
  /** Folders, files or beginnings of paths; each must match something. All when empty. */
  filters?: readonly string[]
  /** Whether tests that need system packages (`*.postgres.test.ts`, `*.browser.test.ts`) are taken too. */
  system: boolean
}

/** Throws when nothing is found: a run of no tests would pass. */
export function testFiles(root: string, { folders = SUITES, filters = [], system }: Selection): string[] {
  const all = folders
    .flatMap((folder) => filesIn(root, folder))
    .filter((file) => file.endsWith('.test.ts') && (system || !NEEDS_SYSTEM.test(file)))
  const wanted = filters.map((filter) => filter.replace(/^\.\//, ''))
  const unmatched = wanted.filter((filter) => !all.some((file) => file.startsWith(filter)))
  if (unmatched.length > 0) throw new Error(`no test file under ${unmatched.join(', ')}`)
  if (all.length === 0) throw new Error(`no test file under ${folders.join(', ')}`)
  return all.filter((file) => wanted.length === 0 || wanted.some((filter) => file.startsWith(filter)))
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
  const flags = ['--test', `--test-concurrency=${concurrency}`, '--test-reporter=spec', '--test-timeout=600000']
  // Set inside a test process; it would make the runner report to a parent that is not listening.
  const { NODE_TEST_CONTEXT: _, ...clean } = env
  const child = spawn(process.execPath, [...flags, ...files], { cwd, env: clean, stdio: output })
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
