// What was declared of a tool's records, parsed once per declaration.
import type { RecordDeclaration, ToolDeclaration } from '@mandate/contract'
import { type Path, parseIdPath, parsePath, type Step } from '../../connections/index.ts'

/** Records of one kind: their type, the relation that lets someone see them, and where their id is. */
export interface Kind {
  type: string
  relation: string
  id: readonly Step[]
  fields: readonly FieldRule[]
}

/** A field that needs a relation of its own to its record. */
export interface FieldRule {
  steps: readonly Step[]
  /** The record once more, with the field's relation. */
  kind: Kind
  otherwise: 'drop' | 'mask'
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
  /** The content items of an MCP result, where each is a record. */
  content: Place | undefined
  /** Whether anything was said of records, be it that there are none. */
  said: boolean
  /** Values that decisions see, by name. */
  context: readonly (readonly [name: string, path: Path])[]
}

const NOTHING: Declared = { request: [], result: undefined, content: undefined, said: false, context: [] }
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
export const namesRecords = (declared: Declared): boolean => declared.request.length > 0 || filtersResult(declared)

/** Whether any of a connection's tools is about records: then what its server says by itself may be, too. */
export const concernsRecords = ({ tools }: { tools: ReadonlyMap<string, ToolDeclaration> }): boolean =>
  [...tools.values()].some(({ records = [] }) => records.length > 0)

export const filtersResult = ({ result, content }: Declared): boolean => (result ?? content) !== undefined

function parseDeclaration({ records, context = {} }: ToolDeclaration): Declared {
  const request: NamedRecord[] = []
  const answer: { result?: Place; content?: Place } = {}
  for (const declared of records ?? []) {
    const { side, steps } = parsePath(declared.path)
    const kind = kindOf(declared)
    if (side === 'request') request.push({ ...kind, steps })
    else {
      answer[side] ??= place()
      at(answer[side], steps).kinds.push(kind)
    }
  }
  return {
    request,
    result: answer.result,
    content: answer.content,
    said: records !== undefined,
    context: Object.entries(context).map(([name, path]) => [name, parsePath(path)]),
  }
}

function kindOf({ type, relation, id, fields = {} }: RecordDeclaration): Kind {
  const record = { type, id: parseIdPath(id), fields: [] }
  const rules = Object.entries(fields).map(([name, { relation: needed, otherwise }]) => ({
    steps: parseIdPath(name),
    kind: { ...record, relation: needed },
    otherwise,
  }))
  return { ...record, relation, fields: rules }
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
