// Names of objects as the lines of a stream. What refuses the rest of it is a line of its own, as the gateway before
// OpenFGA has it, so that a list that ended early never looks like a whole one.
import { Problem } from '../../kernel/problem.ts'
import { refusalReply } from './refusal-replies.ts'

/** Lines handed on at a time. */
const AT_ONCE = 1000

/** Numbers of openfga.v1 (errors_ignore.proto): in a stream a code is a number. */
const NUMBERS: Readonly<Record<string, number>> = {
  invalid_claims: 1004,
  unauthenticated: 1500,
  validation_error: 2000,
  authorization_model_not_found: 2001,
  authorization_model_resolution_too_complex: 2002,
  latest_authorization_model_not_found: 2020,
  type_not_found: 2021,
  relation_not_found: 2022,
  internal_error: 4000,
  unavailable: 4010,
  store_id_not_found: 5002,
}
/** UNKNOWN of gRPC. */
const UNKNOWN = 2

export interface Named {
  /** The first names, which were waited for before the reply began. */
  first: readonly string[]
  /** The next names; undefined at the end. */
  next(): Promise<readonly string[] | undefined>
  /** Throws where nothing more may be said. Asked between lines of one part. */
  check(): void
  /** Nobody reads on. */
  stop(): void
}

/** Text of whole lines. Whoever stops reading stops what makes them. */
export function linesOf({ first, next, check, stop }: Named): AsyncIterable<string> {
  let part: readonly string[] | undefined = first
  let at = 0
  const text = async (): Promise<string | undefined> => {
    if (at > 0 && part) check()
    if (part && at >= part.length) {
      part = await next()
      at = 0
    }
    const names = part?.slice(at, at + AT_ONCE)
    at += AT_ONCE
    return names?.map((object) => `${JSON.stringify({ result: { object } })}\n`).join('')
  }
  const refused = (error: unknown) => {
    part = undefined
    return refusalLine(error)
  }
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const value = await text().catch(refused)
        return value === undefined ? END : { done: false, value }
      },
      async return() {
        part = undefined
        stop()
        return END
      },
    }),
  }
}

const END = { done: true, value: undefined } as const

/** Throws what is a failure of ours: the connection then breaks off, and the server reports it. */
function refusalLine(error: unknown): string {
  if (!(error instanceof Problem) || error.status === 500) throw error
  const { code, message } = refusalReply(error)
  return `${JSON.stringify({ error: { code: NUMBERS[code] ?? UNKNOWN, message, details: [] } })}\n`
}
