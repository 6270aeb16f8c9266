// A request for a person's answer in words: what an agent wants, as a sentence, and where it stands.
import type { Approval, ApprovalSummary } from '@mandate/contract'
import type { Tone } from './badge.ts'
import { moneyOf } from './money.ts'

/** Names under which connections declare who gets the money. */
export const PAYEES: readonly string[] = ['payee', 'payee_name', 'recipient', 'beneficiary']

export const agentName = ({ verified }: ApprovalSummary): string => verified.agents[0]?.name ?? 'An agent'

/** Who gets it, where the connection declares that. */
export function payeeOf({ context }: ApprovalSummary['verified']): string | undefined {
  for (const name of PAYEES) {
    const value = Object.hasOwn(context, name) ? context[name] : undefined
    if (typeof value === 'string' && value.trim() !== '') return value
  }
  return undefined
}

/** `Refund bot wants to send €400.00 to Dana Okafor`, from what is declared and verified, never from the agent's words. */
export function headline(approval: ApprovalSummary): string {
  const { verified, kind } = approval
  const [money, payee] = [moneyOf(verified.context), payeeOf(verified)]
  const who = agentName(approval)
  if (kind === 'ciba') return `${who} asks for your yes: ${verified.action}`
  if (money !== undefined && payee !== undefined) return `${who} wants to send ${money} to ${payee}`
  if (kind === 'token') return `${who} wants access: ${verified.action} at ${verified.target.name}`
  const use = `${who} wants to use ${verified.action} at ${verified.target.name}`
  return money === undefined ? use : `${use}, for ${money}`
}

const STATUS: Readonly<Record<Approval['status'], [word: string, tone: Tone]>> = {
  pending: ['Waits for an answer', 'warn'],
  approved: ['Approved', 'good'],
  denied: ['Refused', 'bad'],
  expired: ['Too late', 'plain'],
  cancelled: ['Called off', 'plain'],
  consumed: ['Approved and used', 'good'],
}

const OUTCOME: Readonly<Record<string, [word: string, tone: Tone]>> = {
  under_way: ['Being carried out', 'accent'],
  done: ['Carried out', 'good'],
  refused: ['Refused by the other side', 'bad'],
  failed: ['Did not work', 'bad'],
  unknown: ['Nobody knows how it ended', 'warn'],
}

export const standing = ({ status, outcome }: ApprovalSummary): [word: string, tone: Tone] =>
  (status === 'consumed' && outcome !== null && OUTCOME[outcome]) || STATUS[status]
