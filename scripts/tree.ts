// The files of the repository, without what git ignores by name.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

const SKIPPED = new Set(['node_modules', 'data', 'dist'])
const HIDDEN_BUT_OURS = new Set(['.ci', '.github'])

/** Paths relative to `root`, with forward slashes, sorted; only those below `folder` when given. */
export function filesIn(root: string, folder = ''): string[] {
  const found: string[] = []
  const walk = (path: string) => {
    for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
      const below = path === '' ? entry.name : `${path}/${entry.name}`
      if (entry.isFile()) found.push(below)
      else if (entry.isDirectory() && isOurs(entry.name)) walk(below)
    }
  }
  try {
    walk(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  return found.sort()
}

const isOurs = (name: string): boolean => !SKIPPED.has(name) && (!name.startsWith('.') || HIDDEN_BUT_OURS.has(name))

export const isCode = (path: string): boolean => /\.[cm]?[jt]sx?$/.test(path)
