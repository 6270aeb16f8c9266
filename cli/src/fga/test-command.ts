// `mandate fga test`: the engine of the server, in a process of its own, on a store file; nothing needs to run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { Usage } from '../usage.ts'
import { type Answered, reportOf } from './report.ts'
import { readStoreFile } from './store-file.ts'

const ENGINE = fileURLToPath(new URL('../../../server/src/relationships/questions/store-file.ts', import.meta.url))

export async function testStore(args: string[]): Promise<number> {
  if (args.length === 0 || args.some((arg) => arg.startsWith('-'))) throw new Usage('a store file is needed')
  let passed = true
  for (const path of args) {
    const file = readStoreFile(path)
    if (args.length > 1) process.stdout.write(`${path}\n`)
    const answers = await answered(file)
    if (answers.length === 0) throw new Error(`${path} has no tests`)
    const report = reportOf(file, answers)
    process.stdout.write(report.text)
    passed &&= report.passed
  }
  return passed ? 0 : 1
}

async function answered(file: ReturnType<typeof readStoreFile>): Promise<Answered[]> {
  const engine = spawn(process.execPath, [ENGINE], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(engine, 'exit')
  engine.stdin.on('error', () => {}).end(JSON.stringify(file))
  const said = JSON.parse((await text(engine.stdout)) || '{}') as { refused?: string; tests?: Answered[] }
  await exited
  if (said.tests) return said.tests
  throw new Error(said.refused ?? 'the engine ended without an answer')
}
