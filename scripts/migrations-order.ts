// Migrations are numbered without gaps and only go forward: what a commit holds is never changed again.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesIn, ROOT } from './tree.ts'
import { tell, type Verdict, verdict } from './verdict.ts'

const NAME = /^(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*\.(sql|ts)$/
const COMMENTS = /--[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//g

export function migrationsOrder(root: string): Verdict {
  const files = filesIn(root, 'server/src').filter((file) => /\/migrations\/[^/]+$/.test(file))
  const folders = Map.groupBy(files, (file) => file.slice(0, file.lastIndexOf('/')))
  const problems = [...folders].flatMap(([folder, inside]) => [
    ...numbering(
      folder,
      inside.map((file) => file.slice(folder.length + 1)),
    ),
    ...inside.filter((file) => isEmpty(join(root, file))).map((file) => `${file}: is empty`),
  ])
  return verdict({ folders: folders.size, migrations: files.length }, [...problems, ...changed(root)])
}

function numbering(folder: string, names: readonly string[]): string[] {
  const strange = names.filter((name) => !NAME.test(name))
  const numbers = names.filter((name) => NAME.test(name)).map((name) => Number(name.slice(0, 4)))
  return [
    ...strange.map((name) => `${folder}/${name}: is not named NNNN-name.sql`),
    ...numbers
      .map((number, at) => ({ number, due: at + 1 }))
      .filter(({ number, due }) => number !== due)
      .slice(0, 1)
      .map(({ number, due }) => `${folder}: number ${number} stands where ${due} is due`),
  ]
}

const isEmpty = (path: string): boolean => readFileSync(path, 'utf8').replace(COMMENTS, '').trim() === ''

/** Migrations that differ from the last commit, or that the last commit itself changed: a clean checkout shows only the latter. */
function changed(root: string): string[] {
  const paths = new Set(
    ['HEAD', 'HEAD^'].flatMap((base) => {
      if (git(root, ['rev-parse', '--verify', '--quiet', `${base}^{commit}`]) === undefined) return []
      const listed = git(root, ['diff', '--name-only', '--no-renames', '--diff-filter=a', '--relative', base]) ?? ''
      return listed.split('\n').filter((path) => /^server\/src\/.*\/migrations\/[^/]+$/.test(path))
    }),
  )
  return [...paths].sort().map((path) => `${path}: was committed and is changed since; add a new migration instead`)
}

function git(root: string, args: readonly string[]): string | undefined {
  // A hook's GIT_DIR would point git at another tree than the one asked about.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')))
  try {
    return execFileSync('git', args, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return undefined
  }
}

if (import.meta.main) tell('migrations', migrationsOrder(process.argv[2] ?? ROOT))
