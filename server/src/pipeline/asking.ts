// When the decision is to ask a person: what is asked, how long the caller waits, and what a yes releases.
import type { Decision } from '../kernel/decision.ts'
import { Problem } from '../kernel/problem.ts'
import type { Release } from './asked-action.ts'
import type { Context } from './call.ts'
import type { Body } from './operation.ts'
import type { Asking, Ended, Ports } from './ports.ts'

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
