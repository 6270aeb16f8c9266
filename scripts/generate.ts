// Writes every generated file; with --check, says which are not what would be written now.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { configPage } from './generators/config.ts'
import { metricsPage } from './generators/metrics.ts'
import { openapiFile } from './generators/openapi.ts'
import { problemPages } from './generators/problems.ts'
import { filesIn, ROOT } from './tree.ts'
import { tell, type Verdict, verdict } from './verdict.ts'

export interface Generator {
  /** A file, or a folder with a slash at its end in which every file is generated. */
  owns: string
  /** Path relative to the root → content. */
  produce(root: string): Promise<ReadonlyMap<string, string>>
}

export const GENERATORS: readonly Generator[] = [
  { owns: 'docs/config.md', produce: configPage },
  { owns: 'docs/metrics.md', produce: metricsPage },
  { owns: 'docs/problems/', produce: problemPages },
  { owns: 'contract/openapi.json', produce: openapiFile },
]

/** What differs from what would be written now, and, unless `write` is false, no longer does. */
export async function generate(root: string, generators: readonly Generator[], write: boolean): Promise<Verdict> {
  const problems: string[] = []
  let files = 0
  for (const { owns, produce } of generators) {
    let made: ReadonlyMap<string, string>
    try {
      made = await produce(root)
    } catch (error) {
      problems.push(`${owns}: cannot be made: ${error instanceof Error ? error.message : String(error)}`)
      continue
    }
    if (made.size === 0) problems.push(`${owns}: its generator made nothing`)
    files += made.size
    for (const [path, content] of made) {
      if (contentOf(join(root, path)) === content) continue
      if (write) put(join(root, path), content)
      else problems.push(`${path}: is not what would be generated now`)
    }
    for (const stale of owns.endsWith('/') ? filesIn(root, owns.slice(0, -1)) : []) {
      if (made.has(stale)) continue
      if (write) rmSync(join(root, stale))
      else problems.push(`${stale}: nothing generates it any more`)
    }
  }
  return verdict({ 'generated files': files }, problems)
}

const contentOf = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)

function put(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

if (import.meta.main) {
  const check = process.argv.includes('--check')
  tell(check ? 'generated' : 'generate', await generate(ROOT, GENERATORS, !check))
  if (check && process.exitCode === 1) console.log('bring them up to date with: npm run generate')
}
