// `npm run check [-- --without-tests]`: everything that can be known in under two minutes, a line for each, the whole story of what fails.
import { spawn } from 'node:child_process'
import { ROOT } from './tree.ts'

export interface Step {
  name: string
  /** What to type to run it alone. */
  alone: string
  args: readonly string[]
}

const script = (name: string, file: string): Step => ({
  name,
  alone: `npx node scripts/${file}`,
  args: [`scripts/${file}`],
})
const FAST = ['scripts', 'contract', 'console', 'server/src/kernel', 'server/src/pipeline', 'cli']

const UNIT_TESTS: Step = {
  name: 'unit tests',
  alone: `npm test -- ${FAST.join(' ')}`,
  args: ['scripts/test.ts', ...FAST],
}

// The longest first, so that the short ones fill the gaps.
const STEPS: readonly Step[] = [
  {
    name: 'types',
    alone: 'npx tsc -p tsconfig.json',
    args: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'],
  },
  { name: 'unused', alone: 'npx knip', args: ['node_modules/knip/bin/knip.js', '--no-progress'] },
  { name: 'format and lint', alone: 'npx biome ci .', args: ['node_modules/@biomejs/biome/bin/biome', 'ci', '.'] },
  script('generated files', 'generated.ts'),
  script('documented commands', 'documented-commands.ts'),
  script('boundaries', 'boundaries.ts'),
  script('circles', 'circles.ts'),
  script('habits', 'habits.ts'),
  script('migrations', 'migrations-order.ts'),
  script('decisions', 'adr-numbers.ts'),
]

/** Runs the steps, `lanes` at a time; true when all passed. */
export async function check(steps: readonly Step[], root: string, say: (line: string) => void, lanes = 2) {
  const waiting = [...steps]
  const failed: Step[] = []
  const lane = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const started = performance.now()
      const { code, output } = await run(step, root)
      const seconds = ((performance.now() - started) / 1000).toFixed(1)
      say(`${code === 0 ? 'ok  ' : 'FAIL'} ${step.name.padEnd(20)} ${seconds.padStart(6)} s`)
      if (code === 0) continue
      failed.push(step)
      say(output.trimEnd().replace(/^/gm, '       '))
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  if (steps.length === 0) say('there is nothing to check')
  for (const { name, alone } of failed) say(`${name} failed; alone: ${alone}`)
  return steps.length > 0 && failed.length === 0
}

function run({ args }: Step, root: string): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(output).toString() }))
  })
}

if (import.meta.main) {
  const steps = process.argv.includes('--without-tests') ? STEPS : [UNIT_TESTS, ...STEPS]
  process.exitCode = (await check(steps, ROOT, console.log)) ? 0 : 1
}
