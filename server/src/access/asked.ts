// Who must say yes before an agent's call goes through: what the terms of every agent that has to ask demand, together.
import type { ApprovalTerms, ManagedConnectionTerms } from '@mandate/contract'
import { type AgentId, type GroupId, isId, type UserId } from '../kernel/ids.ts'
import { type Principal, userOf } from '../kernel/principal.ts'
import { type ManagedConnections, modeOf, type Target } from './model.ts'

export type AskedApprover = { user: UserId } | { owners: AgentId } | { group: GroupId }

export interface AskedTerms {
  requirements: { approvers: AskedApprover[]; quorum: number }[]
  ttlSeconds: number
  holdSeconds: number
}

const TTL_SECONDS = 900

export function askedTerms(
  managed: ManagedConnections,
  principal: Principal,
  { target, scopes, now }: { target: Target; scopes: readonly string[]; now: number },
): AskedTerms {
  const asking = principal.act.flatMap(({ sub }) => {
    const terms = managed.terms(sub, target)
    return scopes.some((scope) => modeOf(terms, scope, now) === 'approval') ? [{ agent: sub, terms }] : []
  })
  const all = asking.length > 0 ? asking : principal.act.map(({ sub }) => ({ agent: sub, terms: undefined }))
  return {
    requirements: all.map(({ agent, terms }) => requirementOf(principal, agent, terms?.approval)),
    ttlSeconds: Math.min(...all.map(({ terms }) => terms?.approval?.ttl_seconds ?? TTL_SECONDS)),
    holdSeconds: Math.max(...all.map(({ terms }) => terms?.approval?.hold_seconds ?? 0)),
  }
}

function requirementOf(principal: Principal, agent: AgentId, terms: ApprovalTerms | null | undefined) {
  const user = userOf(principal)
  // Without a word about it the person it is for is asked; where there is none, those who answer for the agent.
  const given = terms ? [terms.approvers].flat() : (['user'] as const)
  const approvers = given.map((one): AskedApprover => {
    if (typeof one === 'object') return { group: one.group as GroupId }
    return one === 'user' && user !== undefined ? { user } : { owners: agent }
  })
  return { approvers, quorum: terms?.quorum ?? 1 }
}

/** Whether every value that decides about asking is there and small enough; anything else must be asked. */
export function belowAsking(terms: ManagedConnectionTerms | undefined, context: Context): boolean {
  const above = Object.entries(terms?.approval?.above ?? {})
  return above.length > 0 && above.every(([name, most]) => isAtMost(context?.[name], most))
}

type Context = Readonly<Record<string, unknown>> | undefined

const isAtMost = (value: unknown, most: number): boolean =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most

/** The rule that approval terms break, or undefined. */
export function approvalRule(terms: ApprovalTerms | null | undefined): [field: string, rule: string] | undefined {
  if (!terms) return undefined
  for (const one of [terms.approvers].flat())
    if (typeof one === 'object' && !isId('group', one.group))
      return ['approval.approvers', 'must name a group by its id']
  const { ttl_seconds = TTL_SECONDS, hold_seconds = 0 } = terms
  // A yes that rests for as long as it may be used can never be used.
  if (hold_seconds >= ttl_seconds)
    return ['approval.hold_seconds', `must be less than ttl_seconds, which is ${ttl_seconds}`]
  const single = [terms.approvers].flat().every((one) => one === 'user')
  if (single && (terms.quorum ?? 1) > 1) return ['approval.quorum', 'cannot be more than 1 where one person is asked']
  return undefined
}
