// Whether a grant names something that a call can be: a grant that no call matches gives nothing, and forbids nothing.
import { PathAmbiguous, paramsOf, parseOperation } from '@mandate/contract'
import { Problem } from '../kernel/problem.ts'
import type { Connection } from './model.ts'
import { operationFor } from './operation-index.ts'
import { nearest } from './spelling.ts'

type Granting = Pick<Connection, 'kind' | 'tools' | 'operations'>

/** The rule that a name in a grant for this connection breaks, or undefined. */
export function grantNameRule(connection: Granting, name: string): string | undefined {
  // An MCP server has tools that nobody declared.
  if (connection.tools.has(name) || connection.kind === 'mcp') return undefined
  try {
    const { method, segments } = parseOperation(name)
    if (segments.some((segment) => paramsOf(segment).length > 0)) return unknownOperation(connection, name)
    return literalRule(connection, { name, method })
  } catch (error) {
    if (error instanceof PathAmbiguous) return error.message
    throw error
  }
}

/** `no operation X; did you mean Y`. */
function unknownOperation({ tools }: Pick<Connection, 'tools'>, name: string): string {
  const near = nearest(name, tools.keys())
  return `no operation \`${name}\`; ${near === undefined ? 'declare it in tools of the connection first' : `did you mean \`${near}\``}`
}

// An operation that nobody declared can be granted by its exact path.
function literalRule(connection: Granting, { name, method }: { name: string; method: string }): string | undefined {
  const path = name.slice(method.length + 1)
  try {
    const found = operationFor(connection, method, path)
    if (found) return `is the operation \`${found.name}\`; grant that one`
  } catch (error) {
    if (error instanceof Problem) return error.details.errors?.[0]?.rule ?? error.message
    throw error
  }
  return nearest(name, connection.tools.keys()) === undefined ? undefined : unknownOperation(connection, name)
}
