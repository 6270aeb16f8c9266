// `npm run test:conformance -- <folder>`: other people's exams, from the folder given or MANDATE_SUITES.
import { existsSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { runTests, testFiles } from './test-files.ts'
import { ROOT } from './tree.ts'

try {
  const folder = suites(process.argv[2] ?? process.env.MANDATE_SUITES)
  const files = testFiles(ROOT, { folders: ['conformance'], system: process.env.TEST_DATABASE_URL !== undefined })
  console.log(`${files.length} test files, cases from ${folder}`)
  process.exitCode = await runTests(files, { cwd: ROOT, env: { ...process.env, MANDATE_SUITES: folder } })
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

function suites(given: string | undefined): string {
  if (given === undefined || given === '')
    throw new Error('say where the suites are: npm run test:conformance -- <folder>, or set MANDATE_SUITES')
  const folder = resolve(given)
  if (!existsSync(folder) || readdirSync(folder).length === 0) throw new Error(`no suites in ${folder}`)
  return folder
}
