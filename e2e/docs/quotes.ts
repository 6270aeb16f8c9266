// What the documentation quotes from the code: fenced `ts` blocks whose first line names the file.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = new URL('../../', import.meta.url)

export interface Quote {
  /** Path from the root of the repository. */
  file: string
  /** Quoted pieces in order; a line that holds nothing but `…` leaves lines out between two. */
  pieces: string[][]
  /** Of the block in its page. */
  line: number
}

export const readText = (path: string): string => readFileSync(fileURLToPath(new URL(path, ROOT)), 'utf8')
export const exists = (path: string): boolean => existsSync(fileURLToPath(new URL(path, ROOT)))

/** Every quote of a page. Throws where a `ts` block does not say which file it is from. */
export function quotesOf(page: string): Quote[] {
  const quotes: Quote[] = []
  for (const match of page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)) {
    const line = page.slice(0, match.index).split('\n').length
    const [head = '', ...rest] = (match[1] ?? '').trimEnd().split('\n')
    const file = /^\/\/ (\S+\.ts)$/.exec(head)?.[1]
    if (file === undefined) throw new Error(`line ${line}: the first line of the block must be "// path/to/file.ts"`)
    quotes.push({ file, pieces: piecesOf(rest), line })
  }
  return quotes
}

function piecesOf(lines: readonly string[]): string[][] {
  const pieces: string[][] = [[]]
  for (const line of lines)
    if (line.trim() === '…') pieces.push([])
    else pieces.at(-1)?.push(line)
  return pieces.filter((piece) => piece.length > 0)
}

/** Whether the pieces stand in `source` one after the other, word for word, each moved in or out as a whole. */
export function standsIn(source: string, { pieces }: Pick<Quote, 'pieces'>): boolean {
  const lines = source.split('\n')
  let from = 0
  for (const piece of pieces) {
    const at = lines.findIndex((_, start) => start >= from && standsAt(lines, start, piece))
    if (at < 0) return false
    from = at + piece.length
  }
  return pieces.length > 0
}

function standsAt(lines: readonly string[], start: number, piece: readonly string[]): boolean {
  const shift = indent(lines[start]) - indent(piece[0])
  return (
    shift >= 0 &&
    piece.every((line, at) => (line === '' ? lines[start + at] === '' : lines[start + at] === ' '.repeat(shift) + line))
  )
}

const indent = (line = ''): number => line.length - line.trimStart().length

/** Files that a page names in `code` or quotes, from the root of the repository. */
export function filesNamed(page: string): string[] {
  const named = [...page.matchAll(/`((?:[\w@.-]+\/)+[\w.-]+\.(?:ts|sql|md))`/g)].map((match) => match[1] ?? '')
  return [...new Set([...named, ...quotesOf(page).map(({ file }) => file)])]
}
