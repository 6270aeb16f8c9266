// No file imports itself, however many files lie between: what is in a circle can only be understood, and tested, whole.
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { importsOf } from './imports.ts'
import { filesIn, isCode, ROOT } from './tree.ts'
import { tell, type Verdict, verdict } from './verdict.ts'

export function circles(root: string): Verdict {
  const files = filesIn(root).filter(isCode)
  const edges = new Map(files.map((file) => [file, targetsOf(root, file)]))
  const imports = [...edges.values()].reduce((sum, targets) => sum + targets.length, 0)
  const problems = components(edges).map((files) => `files import each other: ${files.sort().join(', ')}`)
  return verdict({ files: files.length, 'relative imports': imports }, problems)
}

// Imports of types count: they vanish when the code runs, but whoever reads one file has to read the other.
function targetsOf(root: string, file: string): string[] {
  return importsOf(readFileSync(join(root, file), 'utf8')).flatMap(({ specifier }) =>
    specifier?.startsWith('.') ? [posix.normalize(posix.join(posix.dirname(file), specifier))] : [],
  )
}

/** Groups of files that reach each other, by Tarjan's algorithm; without those of one file that does not import itself. */
function components(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []
  const visit = (file: string): number => {
    const number = order.size
    order.set(file, number)
    let low = number
    stack.push(file)
    for (const next of edges.get(file) ?? []) {
      if (!edges.has(next)) continue
      if (!order.has(next)) low = Math.min(low, visit(next))
      else if (stack.includes(next)) low = Math.min(low, order.get(next) ?? low)
    }
    if (low !== number) return low
    const group = stack.splice(stack.indexOf(file))
    if (group.length > 1 || edges.get(file)?.includes(file)) found.push(group)
    return low
  }
  for (const file of edges.keys()) if (!order.has(file)) visit(file)
  return found
}

if (import.meta.main) tell('circles', circles(process.argv[2] ?? ROOT))
