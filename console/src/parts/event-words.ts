// An audit event as a sentence: who did, or asked to do, what, where, and for whom.
import type { AuditEvent } from '@mandate/contract'
import type { Tone } from './badge.ts'
import { phraseOf } from './event-phrases.ts'
import { listed, type Names, nameOf } from './names.ts'

/** `Refund bot used refund_order at orders for Dana`; "asked to" where it is not known to be done. */
export function eventSentence(event: AuditEvent, names: Names): string {
  const { asked, did } = phraseOf(event.operation)
  const [question] = event.questions ?? []
  const what = question ? resourceName(question.resource, names) : 'something'
  const fill = (text: string) => text.replaceAll('{act}', () => question?.action ?? '').replaceAll('{what}', () => what)
  const who = actorOf(event, names)
  const verb = event.outcome === 'done' && did !== '' ? fill(did) : `asked to ${fill(asked)}`
  // What a phrase does not name itself, and has a name, is told beside it.
  const about = question && !/\{what\}/.test(asked) && names.has(idOf(question.resource)) ? ` (${what})` : ''
  return `${who} ${verb}${about}${forWhom(event, names)}`
}

function forWhom({ principal, facts = {} }: AuditEvent, names: Names): string {
  if (principal)
    return principal.kind === 'user' && principal.act.length > 0 ? ` for ${nameOf(names, principal.sub)}` : ''
  const { client, sub } = facts
  return typeof client === 'string' && typeof sub === 'string' && sub !== client ? ` for ${nameOf(names, sub)}` : ''
}

/** The agent acting, the person, the service; of public operations whoever they found out it was. */
function actorOf({ principal, facts = {}, kind }: AuditEvent, names: Names): string {
  if (!principal) {
    const found = [facts.user, facts.client].find((id) => typeof id === 'string')
    if (typeof found === 'string') return nameOf(names, found)
    return kind === 'note' ? 'Mandate' : 'Somebody not signed in'
  }
  const [acting, ...through] = principal.act
  if (acting === undefined) return nameOf(names, principal.sub)
  const chain = through.filter((id) => id !== acting)
  const callers = listed(chain.map((id) => nameOf(names, id)))
  return chain.length === 0 ? nameOf(names, acting) : `${nameOf(names, acting)} (called by ${callers})`
}

const idOf = (resource: string): string => resource.slice(resource.indexOf(':') + 1)
const resourceName = (resource: string, names: Names): string => names.get(idOf(resource)) ?? resource

const OUTCOMES: Readonly<Record<string, [word: string, tone: Tone]>> = {
  done: ['Done', 'good'],
  denied: ['Not allowed', 'bad'],
  asked: ['A person must say yes', 'warn'],
  refused: ['Refused', 'bad'],
  failed: ['Failed', 'bad'],
  unknown: ['Nobody knows how it ended', 'warn'],
}

export const outcomeOf = ({ outcome }: Pick<AuditEvent, 'outcome'>): [word: string, tone: Tone] =>
  (outcome && OUTCOMES[outcome]) || ['Begun', 'plain']

/** One line per act: an attempt whose end is in the list too is told by its end. */
export function told<T extends AuditEvent>(events: readonly T[]): T[] {
  const ended = new Set(events.flatMap(({ attempt }) => (attempt === undefined ? [] : [attempt])))
  return events.filter(({ kind, id }) => kind !== 'attempt' || !ended.has(id))
}

/** Whether a person only looked at something, and saw it. */
export const isLooking = ({ kind, outcome, principal }: AuditEvent): boolean =>
  kind === 'read' && outcome === 'done' && principal?.kind === 'user' && principal.act.length === 0

/** Ids that a sentence about these events would name. */
export const idsIn = (events: readonly AuditEvent[]): string[] => [
  ...new Set(
    events.flatMap(({ principal, questions = [], facts = {} }) => [
      ...(principal ? [principal.sub, ...principal.act] : []),
      ...[facts.user, facts.client, facts.sub].flatMap((id) => (typeof id === 'string' ? [id] : [])),
      ...questions.slice(0, 1).map(({ resource }) => idOf(resource)),
    ]),
  ),
]
