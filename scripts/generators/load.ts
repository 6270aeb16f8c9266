// Loads a source of the tree a generator works on; by path, because a check's test brings its own tree.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export async function load(root: string, path: string): Promise<Record<string, unknown>> {
  const file = join(root, path)
  if (!existsSync(file)) throw new Error(`${path} does not exist`)
  return import(pathToFileURL(file).href)
}

export const madeFrom = (source: string): string =>
  `<!-- Made from ${source} by \`npm run generate\`; edits are lost. -->`
