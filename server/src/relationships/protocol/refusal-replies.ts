// Any refusal as OpenFGA says it: its status, code and message. Codes are those of openfga.v1 (errors_ignore.proto).
import type { ProblemCode } from '@mandate/contract'
import type { Problem } from '../../kernel/problem.ts'
import { codeOfRule, Refusal } from './problems.ts'

export interface RefusalReply {
  status: number
  code: string
  message: string
}

// In the words of the gateway that stands before OpenFGA; its 405 is a 404.
const UNREACHED: Partial<Record<ProblemCode, RefusalReply>> = {
  not_found: { status: 404, code: 'undefined_endpoint', message: 'Not Found' },
  method_not_allowed: { status: 404, code: 'unimplemented', message: 'Method Not Allowed' },
  // There it is a failure of the server, which clients repeat; nothing gets smaller by that.
  too_large: { status: 400, code: 'exceeded_entity_limit', message: 'The request has more bytes than are allowed' },
  internal: { status: 500, code: 'internal_error', message: 'Internal Server Error' },
}

/** A refusal of what never reached an operation. */
export const unreached = (problem: Problem): RefusalReply => UNREACHED[problem.code] ?? refusalReply(problem)

export function refusalReply(problem: Problem): RefusalReply {
  const { status, message } = problem
  if (problem instanceof Refusal) return { status, code: problem.refusal, message }
  const { fault, errors } = problem.details
  switch (problem.code) {
    case 'unauthenticated':
      return { status, code: codeOfFault(fault), message }
    case 'invalid_input':
      return { status, code: codeOfRule(errors?.[0]?.rule), message }
    default:
      return byStatus(status, message)
  }
}

function byStatus(status: number, message: string): RefusalReply {
  switch (status) {
    case 403:
      return { status, code: 'forbidden', message }
    case 404:
      return { status, code: 'store_id_not_found', message: 'Store ID not found' }
    case 409:
      return { status, code: 'Aborted', message }
    case 429:
      return { status, code: 'resource_exhausted', message }
    case 503:
      return { status, code: 'unavailable', message }
    default:
      if (status >= 500) return { status, code: 'internal_error', message }
      return { status: 400, code: 'validation_error', message }
  }
}

/** Of a token: there is none, its claims do not hold here, or whoever holds it is no longer let in. */
function codeOfFault(fault: string | undefined): string {
  if (fault === 'missing') return 'bearer_token_missing'
  return fault === 'malformed' || fault === 'expired' || fault === 'other_audience'
    ? 'invalid_claims'
    : 'unauthenticated'
}
