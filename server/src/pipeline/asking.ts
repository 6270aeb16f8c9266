// When the decision is to ask a person: what is asked, how long the caller waits, and what a yes releases.
import type { Effect } from '@mandate/contract'
import type { Decision } from '../kernel/decision.ts'
import { Problem } from '../kernel/problem.ts'
import type { Context } from './call.ts'
import type { Body } from './operation.ts'
import type { Asking, Ended, Outcome, Ports } from './ports.ts'

export interface AskedAction {
  /** Connection it goes through, and the host behind it as people know it. */
  connection: string
  target: { name: string; host: string | null }
  action: string
  effect: Effect
  /** Declared values of the request, such as an amount. */
  context: Readonly<Record<string, unknown>>
  /** Tool and arguments, or method, path, query, headers and body: JSON that reads one way, and what is sent after a yes. */
  request: Readonly<Record<string, unknown>>
  /** What of the request people are shown as its arguments. */
  arguments: unknown
  /** What the agent says of it, in its own words. */
  message: string | null
  /** How long the caller waits for an answer. */
  waitMs: number
  /** Given when the caller went away or lost its access. */
  signal: AbortSignal
  /** Called again and again while the caller waits. */
  waiting?(seconds: number): void
  /** Called once, when there is an answer or no more waiting. */
  settled(): void
}

export interface Release {
  approval: string
  /** Says how the released act ended. */
  ended(outcome: Outcome): Promise<void>
}

type Ask = Extract<Decision, { answer: 'ask' }>

export interface AskFor extends Omit<Asking, 'action'> {
  body: Body
  context: Context
  input: unknown
  decision: Ask
}

/** Resolves with the yes that was used. Throws where nobody can be asked, nobody answered yet, or the answer was no. */
export async function askFor(ports: Ports, { body, context, input, decision, ...asking }: AskFor): Promise<Release> {
  const action = ports.ask && 'reach' in body ? await body.asked?.(context, input) : undefined
  if (!action || !ports.ask) throw unasked(decision)
  try {
    const release = await ports.ask({ ...asking, action })
    context.note({ approval: release.approval })
    return release
  } catch (error) {
    const approval = approvalIn(error)
    if (approval !== undefined) context.note({ approval })
    throw error
  } finally {
    action.settled()
  }
}

const unasked = ({ reasons, policies }: Ask): Problem =>
  new Problem('approval_required', { extensions: { reasons, policies } })

function approvalIn(error: unknown): string | undefined {
  const approval = error instanceof Problem ? error.details.extensions?.approval : undefined
  const { id } = (approval ?? {}) as { id?: unknown }
  return typeof id === 'string' ? id : undefined
}

/** How an act that was asked for and not released is recorded. */
export const outcomeOfAsking = (error: unknown, decision: Ask): Pick<Ended, 'outcome' | 'reasons'> => {
  if (!(error instanceof Problem)) return { outcome: 'failed', reasons: ['internal'] }
  if (error.code === 'approval_required') return { outcome: 'asked', reasons: decision.reasons }
  const { reasons } = error.details.extensions ?? {}
  const said = Array.isArray(reasons) ? reasons.map(String) : [error.details.reason ?? error.code]
  return { outcome: error.code === 'forbidden' ? 'denied' : error.status < 500 ? 'refused' : 'failed', reasons: said }
}
