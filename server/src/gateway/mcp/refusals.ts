// Refusals as an MCP client reads them: a JSON-RPC error, and an HTTP status where the protocol gives one a meaning.

import type { ProblemCode } from '@mandate/contract'
import { Problem, type ProblemDetails } from '../../kernel/problem.ts'
import type { RpcId, RpcResponse } from './message.ts'

/** JSON-RPC 2.0 §5.1, and -32001 for what is denied. */
export const RPC = {
  unreadable: -32700,
  invalidRequest: -32600,
  invalidParams: -32602,
  internal: -32603,
  denied: -32001,
  notFound: -32002,
} as const

/** A problem that MCP has a place of its own for. */
export class RpcProblem extends Problem {
  readonly rpc: number
  readonly httpStatus: number

  constructor(code: ProblemCode, { rpc, http, ...details }: ProblemDetails & { rpc: number; http: number }) {
    super(code, details)
    this.rpc = rpc
    this.httpStatus = http
  }
}

export const badRequest = (detail: string, rpc: number = RPC.invalidRequest): RpcProblem =>
  new RpcProblem('invalid_input', { detail, rpc, http: 400 })

/** 2025-11-25, transports: a 404 makes the client start a new session. */
export const sessionGone = (): RpcProblem =>
  new RpcProblem('not_found', {
    detail: 'The session is not known here; initialize again.',
    rpc: RPC.denied,
    http: 404,
  })

/** The answer to message `id`, and the HTTP status it travels with. */
export function refusalOf(
  problem: Problem,
  { id, correlation }: { id: RpcId | null; correlation: string },
): { status: number; response: RpcResponse } {
  const { reasons, ...more } = problem.details.extensions ?? {}
  const data = {
    ...more,
    ...(reasons !== undefined && { reasons }),
    ...(problem.code === 'approval_required' && { approval_required: true }),
    ...(problem.details.errors && { errors: problem.details.errors }),
    code: problem.code,
    correlation_id: correlation,
  }
  const error = { code: codeOf(problem), message: problem.message, data }
  return { status: statusOf(problem), response: { jsonrpc: '2.0', id, error } }
}

function codeOf(problem: Problem): number {
  if (problem instanceof RpcProblem) return problem.rpc
  if (problem.code === 'forbidden' || problem.code === 'approval_required' || problem.code === 'not_found')
    return RPC.denied
  return problem.code === 'invalid_input' ? RPC.invalidParams : RPC.internal
}

// What is answered about a call is answered in the protocol; being overloaded or unfit for it is HTTP's.
function statusOf(problem: Problem): number {
  if (problem instanceof RpcProblem) return problem.httpStatus
  return ['unavailable', 'rate_limited', 'internal'].includes(problem.code) ? problem.status : 200
}
