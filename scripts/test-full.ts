// `npm run test:full [-- --after-test] [path…]`: every test, also on PostgreSQL and in a browser; `--after-test` leaves out what `npm test` runs.
import { ensurePackages, PACKAGES } from './debian-packages.ts'
import { startCluster } from './postgres-cluster.ts'
import { runTests, testFiles } from './test-files.ts'
import { ROOT } from './tree.ts'

const AFTER_TEST = '--after-test'
const given = process.argv.slice(2)
const afterTest = given.includes(AFTER_TEST)
const filters = given.filter((argument) => argument !== AFTER_TEST)

const say = (line: string) => console.log(`test:full ${line}`)
const WITHOUT_SERVER = PACKAGES.filter(({ name }) => name !== 'postgresql')

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort(signal))

try {
  process.exitCode = await testFull(process.env.TEST_DATABASE_URL)
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

async function testFull(given: string | undefined): Promise<number> {
  if (given !== undefined && given !== '') {
    say('uses TEST_DATABASE_URL and installs no PostgreSQL')
    ensurePackages(WITHOUT_SERVER, say)
    return test(given)
  }
  ensurePackages(PACKAGES, say)
  const cluster = await startCluster()
  try {
    return stopping.signal.aborted ? 130 : await test(cluster.url)
  } finally {
    await cluster.stop()
  }
}

async function test(url: string): Promise<number> {
  const files = testFiles(ROOT, { filters, system: afterTest ? 'only' : true })
  console.log(`${files.length} test files`)
  const env = { ...process.env, TEST_DATABASE_URL: url, ...(afterTest && { TEST_DATABASES: 'postgres' }) }
  const code = await runTests(files, { cwd: ROOT, env, signal: stopping.signal })
  return stopping.signal.aborted ? 130 : code
}
