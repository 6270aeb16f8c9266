// How this API answers: bodies, statuses and `{code, message}` refusals as OpenFGA sends them.
import type { Problem } from '../../kernel/problem.ts'
import type { Said, Speech } from '../../pipeline/index.ts'
import { type RefusalReply, refusalReply, unreached } from './refusal-replies.ts'

export interface Answer {
  body: unknown
  /** Whole lines at a time. */
  lines?: AsyncIterable<string>
  status?: number
  position?: number
}

export const speech: Speech = {
  done(output, { correlation }) {
    const { body, lines, status = 200, position } = output as Answer
    const headers = { 'fga-request-id': correlation }
    if (position === undefined) return { status, headers, body, lines }
    return { status, headers: { ...headers, 'x-mandate-position': String(position) }, body, lines }
  },
  refused: (problem, correlation) => refusal(problem, correlation, refusalReply(problem)),
  unreached: (problem, correlation) => refusal(problem, correlation, unreached(problem)),
}

function refusal({ details }: Problem, correlation: string, { status, code, message }: RefusalReply): Said {
  return { status, headers: { ...details.headers, 'fga-request-id': correlation }, body: { code, message } }
}
