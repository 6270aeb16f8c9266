// Habits of the house a machine can see: no attics, short files, short doors, and time and the network by the door.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOMS } from './boundaries.ts'
import { lineAt, readCode } from './code.ts'
import { filesIn, isCode, ROOT } from './tree.ts'
import { tell, type Verdict, verdict } from './verdict.ts'

const ATTIC = /^(?:.+-)?(?:utils?|helpers?)$|^(?:common|shared|lib|misc|services|managers?)$/
const LONGEST_FILE = 400
const LONGEST_DOOR = 29
const MEASURED = /\.([cm]?[jt]sx?|sql|css|py|sh)$/
const TEXT = /\.([cm]?[jt]sx?|sql|css|py|sh|md|json|ya?ml|svg)$/
const CONFLICT = /^(?:<{7}|>{7})(?: |$)/m
const CLOCKS = ['server/src/kernel/clock.ts', 'server/src/kernel/ids.ts']
const BY_THE_DOOR: readonly [pattern: RegExp, call: string][] = [
  [/(?<![.\w$])(?:globalThis\s*\.\s*)?Date\s*\.\s*now\b/g, 'Date.now'],
  [/(?<![\w$])new\s+Date\s*(?:\(\s*\)|(?![\w$\s(.]))/g, 'new Date()'],
  [/(?<![.\w$])(?:globalThis\s*\.\s*)?fetch\s*\(/g, 'fetch()'],
  [/(?<![.\w$])(?:globalThis\s*\.\s*)?process\s*\.\s*env\b/g, 'process.env'],
]

export function habits(root: string): Verdict {
  const files = filesIn(root)
  const strict = files.filter(takesTimeByTheDoor)
  const lines = new Map(files.filter((file) => MEASURED.test(file)).map((file) => [file, lineCount(root, file)]))
  const problems = [
    ...attics(files),
    ...[...lines]
      .filter(([, count]) => count > LONGEST_FILE)
      .map(([file, count]) => `${file}: ${count} lines, at most 400`),
    ...[...lines]
      .filter(([file, count]) => isDoor(file) && count > LONGEST_DOOR)
      .map(([file, count]) => `${file}: ${count} lines; a door has under 30`),
    ...strict.flatMap((file) => calls(root, file)),
    ...files.filter(isCode).flatMap((file) => bodies(root, file)),
    ...files.filter((file) => TEXT.test(file)).flatMap((file) => halfMerged(root, file)),
  ]
  return verdict({ files: files.length, 'files measured': lines.size, 'files of rooms': strict.length }, problems)
}

function attics(files: readonly string[]): string[] {
  const names = new Set(
    files.flatMap((file) => file.split('/').map((_, at, parts) => parts.slice(0, at + 1).join('/'))),
  )
  return [...names]
    .filter((path) => ATTIC.test(path.slice(path.lastIndexOf('/') + 1).split('.')[0] ?? ''))
    .map((path) => `${path}: a place with this name becomes an attic; find the noun that is missing`)
}

function halfMerged(root: string, file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = CONFLICT.exec(text)
  return found ? [`${file}:${lineAt(text, found.index)}: a merge that nobody finished`] : []
}

function calls(root: string, file: string): string[] {
  const { text } = readCode(readFileSync(join(root, file), 'utf8'))
  return BY_THE_DOOR.flatMap(([pattern, call]) =>
    [...text.matchAll(pattern)].map(
      ({ index }) => `${file}:${lineAt(text, index)}: ${call}; time, chance and the network come in by the door`,
    ),
  )
}

const ROAD = ['server/src/pipeline/operation.ts', 'server/src/pipeline/perform.ts']

// A body reached from elsewhere would act unauthenticated, unauthorized and unrecorded.
function bodies(root: string, file: string): string[] {
  if (ROAD.includes(file)) return []
  const { text } = readCode(readFileSync(join(root, file), 'utf8'))
  const at = /(?<![.\w$])bodyOf\b/.exec(text)?.index
  return at === undefined ? [] : [`${file}:${lineAt(text, at)}: bodyOf is for the road alone; call perform`]
}

function takesTimeByTheDoor(file: string): boolean {
  const room = /^server\/src\/([^/]+)\//.exec(file)?.[1] ?? ''
  const held = room in ROOMS || room === 'kernel' || room === 'pipeline'
  return held && isCode(file) && !/\.test\.ts$|[/.]testing(\/|\.ts$)/.test(file) && !CLOCKS.includes(file)
}

const isDoor = (file: string): boolean => /^server\/src\/([^/]+)\/index\.ts$/.exec(file)?.[1] !== undefined

const lineCount = (root: string, file: string): number =>
  readFileSync(join(root, file), 'utf8').replace(/\n$/, '').split('\n').length

if (import.meta.main) tell('habits', habits(process.argv[2] ?? ROOT))
