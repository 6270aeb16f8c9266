// The one way to refuse: a Problem from the catalogue, carrying where and why, never a stack trace to the outside.
import { PROBLEMS, type ProblemCode } from '@mandate/contract'

export interface FieldError {
  /** Path to the field as the caller wrote it: `owners[0]`. */
  field: string
  /** The rule it broke, as a sentence. */
  rule: string
}

export interface ProblemDetails {
  detail?: string
  errors?: readonly FieldError[]
  /** Further members of the problem document (RFC 9457 §3.2). */
  extensions?: Readonly<Record<string, unknown>>
  headers?: Readonly<Record<string, string>>
  /** What the record says instead of the code: the protocol's own error. */
  reason?: string
  /** What exactly is wrong, for doors whose protocol has a code for each; not sent as it is. */
  fault?: string
  cause?: unknown
}

export class Problem extends Error {
  readonly code: ProblemCode
  readonly status: number
  readonly details: ProblemDetails

  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    super(details.detail ?? PROBLEMS[code].sentence, { cause: details.cause })
    this.name = 'Problem'
    this.code = code
    this.status = PROBLEMS[code].status
    this.details = details
  }
}

/** The problem document of RFC 9457 for `problem`; `base` is where the problem pages live. */
export function problemDocument(problem: Problem, base: string): Record<string, unknown> {
  const { title } = PROBLEMS[problem.code]
  return {
    ...problem.details.extensions,
    type: `${base}/docs/problems/${problem.code.replaceAll('_', '-')}`,
    title,
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    ...(problem.details.errors && { errors: problem.details.errors }),
  }
}

/** A refusal of input that names the field and the rule. */
export const invalid = (field: string, rule: string): Problem =>
  new Problem('invalid_input', { detail: `${field}: ${rule}`, errors: [{ field, rule }] })
