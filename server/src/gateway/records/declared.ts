// What was declared of a tool's records, parsed once per declaration.
import type { ToolDeclaration } from '@mandate/contract'
import { type Path, parseIdPath, parsePath, type Step } from '../../connections/index.ts'

/** Records of one kind: their type, the relation that lets someone see them, and where their id is. */
export interface Kind {
  type: string
  relation: string
  id: readonly Step[]
}

export interface NamedRecord extends Kind {
  steps: readonly Step[]
}

/** A place in a result: what is a record there, and the declared ways further down. */
export interface Place {
  kinds: Kind[]
  fields: Map<string, Place>
  each: Place | undefined
}

export interface Declared {
  /** Records that the request names. */
  request: readonly NamedRecord[]
  /** The result, where records of it are declared. */
  result: Place | undefined
  /** Values that decisions see, by name. */
  context: readonly (readonly [name: string, path: Path])[]
}

const NOTHING: Declared = { request: [], result: undefined, context: [] }
const parsed = new WeakMap<ToolDeclaration, Declared>()

export function declaredOf(declaration: ToolDeclaration | undefined): Declared {
  if (!declaration) return NOTHING
  const known = parsed.get(declaration)
  if (known) return known
  const declared = parseDeclaration(declaration)
  parsed.set(declaration, declared)
  return declared
}

/** Whether answers of the tool are about records at all: then its errors say nothing. */
export const namesRecords = ({ request, result }: Declared): boolean => request.length > 0 || result !== undefined

function parseDeclaration({ records = [], context = {} }: ToolDeclaration): Declared {
  const request: NamedRecord[] = []
  let result: Place | undefined
  for (const { path, type, relation, id } of records) {
    const { side, steps } = parsePath(path)
    const kind = { type, relation, id: parseIdPath(id) }
    if (side === 'request') request.push({ ...kind, steps })
    else {
      result ??= place()
      at(result, steps).kinds.push(kind)
    }
  }
  return { request, result, context: Object.entries(context).map(([name, path]) => [name, parsePath(path)]) }
}

const place = (): Place => ({ kinds: [], fields: new Map(), each: undefined })

function at(root: Place, steps: readonly Step[]): Place {
  let here = root
  for (const step of steps) {
    let next = 'each' in step ? here.each : here.fields.get(step.field)
    if (!next) {
      next = place()
      if ('each' in step) here.each = next
      else here.fields.set(step.field, next)
    }
    here = next
  }
  return here
}
