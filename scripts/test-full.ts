// `npm run test:full [-- path…]`: every test, those that need PostgreSQL too, on a cluster of its own or TEST_DATABASE_URL.
import { ensurePackages, PACKAGES } from './debian-packages.ts'
import { startCluster } from './postgres-cluster.ts'
import { runTests, testFiles } from './test-files.ts'
import { ROOT } from './tree.ts'

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
    console.log('test:full uses TEST_DATABASE_URL and installs nothing')
    return test(given)
  }
  ensurePackages(PACKAGES, (line) => console.log(`test:full ${line}`))
  const cluster = await startCluster()
  try {
    return stopping.signal.aborted ? 130 : await test(cluster.url)
  } finally {
    await cluster.stop()
  }
}

async function test(url: string): Promise<number> {
  const files = testFiles(ROOT, { filters: process.argv.slice(2), postgres: true })
  console.log(`${files.length} test files`)
  const env = { ...process.env, TEST_DATABASE_URL: url }
  const code = await runTests(files, { cwd: ROOT, env, signal: stopping.signal })
  return stopping.signal.aborted ? 130 : code
}
