// What is declared of a connection's tools must be exact: a declaration nobody can match protects nothing.
import {
  type ConnectionKind,
  type HttpOperation,
  isOperationName,
  isToolName,
  NAME_RULE,
  PathAmbiguous,
  paramsOf,
  parseOperation,
  type RecordDeclaration,
  shapeOf,
  type ToolDeclaration,
  type Tools,
} from '@mandate/contract'
import { invalid } from '../kernel/problem.ts'
import { type Path, PathInvalid, parseIdPath, parsePath } from './paths.ts'

/** Throws `invalid_input` naming the declaration and the rule it breaks. */
export function checkTools(tools: Tools, kind: ConnectionKind): void {
  const shapes = new Map<string, string>()
  for (const [name, declaration] of Object.entries(tools)) {
    const field = `tools.${name}`
    const operation = kind !== 'mcp' && isOperationName(name) ? ruled(field, () => parseOperation(name)) : undefined
    if (operation) {
      const twin = shapes.get(shapeOf(operation))
      if (twin !== undefined) throw invalid(field, `matches the same paths as ${twin}`)
      shapes.set(shapeOf(operation), name)
    } else if (!isToolName(name)) throw invalid(field, kind === 'mcp' ? NAME_RULE : `${NAME_RULE}, or METHOD /path`)
    checkDeclaration(declaration, operation, field)
  }
}

function checkDeclaration(declaration: ToolDeclaration, operation: HttpOperation | undefined, field: string): void {
  for (const [index, record] of (declaration.records ?? []).entries()) {
    const at = `${field}.records[${index}]`
    const path = ruled(`${at}.path`, () => parsePath(record.path))
    checkRequestPart(path, operation, `${at}.path`)
    ruled(`${at}.id`, () => parseIdPath(record.id))
    checkFields(record, path, `${at}.fields`)
  }
  for (const [name, text] of Object.entries(declaration.context ?? {})) {
    const at = `${field}.context.${name}`
    const path = ruled(at, () => parsePath(text))
    if (path.side !== 'request')
      throw invalid(at, 'is read before the call; it must start with arguments., params., query. or body.')
    checkRequestPart(path, operation, at)
  }
}

function checkFields({ fields = {} }: RecordDeclaration, { side }: Path, field: string): void {
  for (const name of Object.keys(fields)) {
    if (side === 'request') throw invalid(field, 'are taken out of results; a request is sent as it is or not at all')
    const steps = ruled(`${field}.${name}`, () => parseIdPath(name))
    if (steps.length === 0) throw invalid(`${field}.${name}`, 'must name a field of the record')
  }
}

function checkRequestPart({ side, steps }: Path, operation: HttpOperation | undefined, field: string): void {
  if (side === 'content' && operation) throw invalid(field, 'is of MCP results; an HTTP answer has no content items')
  if (side !== 'request') return
  const [part, next] = steps.map((step) => ('field' in step ? step.field : undefined))
  if ((part === 'arguments') === (operation !== undefined))
    throw invalid(field, operation ? 'must start with params., query. or body.' : 'must start with arguments.')
  if (
    part === 'params' &&
    !operation?.segments.some((segment) => next !== undefined && paramsOf(segment).includes(next))
  )
    throw invalid(field, 'must name a {param} of the path')
}

function ruled<T>(field: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof PathInvalid || error instanceof PathAmbiguous) throw invalid(field, error.message)
    throw error
  }
}
