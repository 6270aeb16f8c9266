// The check that generated files are what would be generated now: `generate.ts --check` by its short name.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const generate = fileURLToPath(new URL('./generate.ts', import.meta.url))
process.exitCode = spawnSync(process.execPath, [generate, '--check'], { stdio: 'inherit' }).status ?? 1
