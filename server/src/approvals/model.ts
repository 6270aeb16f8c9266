// The pending request: its states, who may answer it, and what is hashed, shown and sent.
import { createHash } from 'node:crypto'
import type { ApprovalKind, ApprovalStatus, Effect } from '@mandate/contract'
import { canonical } from '../kernel/canonical.ts'
import type { AgentId, ApprovalId, GroupId, UserId } from '../kernel/ids.ts'
import { Problem } from '../kernel/problem.ts'
import { REVOCATIONS_KEPT_SECONDS } from '../platform/changes/index.ts'

/** One who may say yes: a person, the owners of an agent as they are when they answer, or a group's members then. */
export type Approver = { user: UserId } | { owners: AgentId } | { group: GroupId }

/** So many of these must say yes. A request of a chain may have several requirements: all must be met. */
export interface Requirement {
  approvers: Approver[]
  quorum: number
}

export interface ApprovalTermsOf {
  requirements: Requirement[]
  ttlSeconds: number
  holdSeconds: number
}

export interface Row {
  id: ApprovalId
  kind: ApprovalKind
  status: ApprovalStatus
  hash: string
  /** Sealed: what lists show of the contents. Null for what was asked before there were any. */
  summary: string | null
  /** Of the exact action. */
  bytes: number
  user_id: UserId | null
  agents: AgentId[]
  client: string
  task: string | null
  connection: string | null
  action: string
  target: { name: string; host: string | null }
  effect: Effect
  links: string[]
  position: number
  requirements: { all: Requirement[] }
  audience: string[]
  hold_seconds: number
  handle_hash: string | null
  poll_interval: number
  polled_at: Date | null
  attempt: string | null
  created_at: Date
  notified_at: Date | null
  decided_at: Date | null
  not_before: Date | null
  expires_at: Date
  consumed_at: Date | null
  consumed_by: string | null
  outcome: 'done' | 'refused' | 'failed' | 'unknown' | null
}

export interface Answer {
  approval: ApprovalId
  user_id: UserId
  answer: 'approve' | 'deny'
  reason: string | null
  session: string | null
  at: Date
  /** Of the change log, at the sign-in of whoever answered. */
  position: number
  /** When what they answered in ended by force: since then their yes is none. */
  taken_back_at: Date | null
}

/** What is sealed with a request. */
export interface Contents {
  /** The canonical text that was hashed: what is shown, and what is sent after a yes. */
  action: string
  context: Readonly<Record<string, unknown>>
  message: string | null
  /** What of the action people are shown as its arguments. */
  shown: unknown
}

/** What is sealed for lists: a few hundred bytes of the declared values. */
export type Summary = Pick<Contents, 'context'>

/** Whether a request asks those who must be asked by now: a yes under other terms is no yes to these. */
export const madeUnder = (
  { requirements, hold_seconds }: Pick<Row, 'requirements' | 'hold_seconds'>,
  terms: Pick<ApprovalTermsOf, 'requirements' | 'holdSeconds'>,
): boolean => hold_seconds === terms.holdSeconds && canonical(requirements.all) === canonical(terms.requirements)

/** No request outlives the memory of what ended (platform/changes), with an hour to spare. */
export const LONGEST_SECONDS = REVOCATIONS_KEPT_SECONDS - 3600

/** Beyond this nobody could read what they approve (CONTRACT §6). */
export const LARGEST = 1_048_576

/** The one spelling of an action. Throws `too_large`; what reads in two ways was refused where it was read. */
export function canonicalAction(action: Readonly<Record<string, unknown>>): string {
  const text = canonical(action)
  if (Buffer.byteLength(text) > LARGEST)
    throw new Problem('too_large', { detail: 'More than 1 MiB cannot be approved: nobody could read it.' })
  return text
}

export const hashAction = (text: string): string => createHash('sha256').update(text, 'utf8').digest('base64url')

export const hashHandle = (handle: string): string => createHash('sha256').update(handle, 'utf8').digest('base64url')

/** Milliseconds after which a consumed request without an end has nobody left to say how it ended. */
const LONGEST_ACT_MS = 90_000

export function outcomeOf({ status, outcome, consumed_at }: Row, now: number) {
  if (status !== 'consumed') return null
  if (outcome !== null) return outcome
  return consumed_at && now - consumed_at.getTime() < LONGEST_ACT_MS ? ('under_way' as const) : ('unknown' as const)
}

/** Pending and approved requests run out by themselves; nobody has to have said so yet. */
export const statusOf = ({ status, expires_at }: Pick<Row, 'status' | 'expires_at'>, now: number): ApprovalStatus =>
  (status === 'pending' || status === 'approved') && expires_at.getTime() <= now ? 'expired' : status
