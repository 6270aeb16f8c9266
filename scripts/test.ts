// `npm test [-- path…]`: every test that needs only npm, or those whose path begins as given.
import { runTests, testFiles } from './test-files.ts'
import { ROOT } from './tree.ts'

try {
  const files = testFiles(ROOT, { filters: process.argv.slice(2), system: false })
  console.log(`${files.length} test files`)
  process.exitCode = await runTests(files, { cwd: ROOT })
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
