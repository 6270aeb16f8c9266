// An audit event as a sentence: who did, or asked to do, what, where, and for whom.
import type { AuditEvent } from '@mandate/contract'
import type { Tone } from './badge.ts'
import { listed, type Names, nameOf } from './names.ts'

/** Operations whose question names the act: what it is called, before and after. */
const USES: Readonly<Record<string, [asked: string, did: string]>> = {
  'gateway.call-tool': ['use', 'used'],
  'gateway.proxy': ['use', 'used'],
}
const LOOKS: Readonly<Record<string, [asked: string, did: string]>> = {
  'gateway.list-tools': ['see what can be done at', 'looked at what can be done at'],
  'gateway.relay': ['connect to', 'connected to'],
  'gateway.listen': ['listen to', 'listened to'],
  'gateway.end-session': ['leave', 'left'],
  'agents.suspend-agent': ['stop', 'stopped'],
  'agents.activate-agent': ['activate', 'activated'],
  'agents.retire-agent': ['retire', 'retired'],
  'agents.update-agent': ['change', 'changed'],
  'agents.issue-credential': ['give a credential to', 'gave a credential to'],
  'agents.revoke-credential': ['end a credential of', 'ended a credential of'],
  'access.put-managed-connection': ['set what is open to', 'set what is open to'],
  'access.delete-managed-connection': ['take access from', 'took access from'],
}
const ALONE: Readonly<Record<string, [asked: string, did: string]>> = {
  'authentication.sign-in': ['sign in', 'signed in'],
  'authentication.sign-out': ['sign out', 'signed out'],
  'oauth.token': ['get a token', 'got a token'],
  'oauth.withdraw-consent': ['take their yes back from an agent', 'took their yes back from an agent'],
  'agents.list-agents': ['look at the agents', 'looked at the agents'],
  'audit.list-events': ['look at the audit log', 'looked at the audit log'],
  'approvals.approve': ['approve a request', 'approved a request'],
  'approvals.deny': ['refuse a request', 'refused a request'],
}

export function eventSentence(event: AuditEvent, names: Names): string {
  const done = event.outcome === 'done'
  const [asked, did] = phrase(event, names)
  const who = actorOf(event, names)
  const whom = event.principal && event.principal.act.length > 0 && event.principal.kind === 'user'
  const forWhom = whom ? ` for ${nameOf(names, event.principal?.sub ?? '')}` : ''
  return done && did !== undefined ? `${who} ${did}${forWhom}` : `${who} asked to ${asked}${forWhom}`
}

function phrase({ operation, questions = [], facts = {} }: AuditEvent, names: Names): [string, string | undefined] {
  const [question] = questions
  const what = question && resourceName(question.resource, names)
  const use = USES[operation]
  if (use && question) return [`${use[0]} ${question.action} at ${what}`, `${use[1]} ${question.action} at ${what}`]
  const look = LOOKS[operation]
  if (look && question) return [`${look[0]} ${what}`, `${look[1]} ${what}`]
  const alone = ALONE[operation]
  if (alone) return alone
  const words = (operation.split('.')[1] ?? operation).replaceAll('-', ' ')
  const named = typeof facts.name === 'string' ? ` ${facts.name}` : ''
  const id = question && /:[a-z]{3}_/.test(question.resource) ? ` (${what})` : ''
  return [`${words}${named}${id}`, undefined]
}

/** The agent acting, the person, the service; somebody where nobody was known. */
export function actorOf({ principal, facts = {} }: AuditEvent, names: Names): string {
  if (!principal) return typeof facts.user === 'string' ? nameOf(names, facts.user) : 'Somebody unknown'
  const [acting, ...through] = principal.act
  if (acting === undefined) return nameOf(names, principal.sub)
  const chain = through.filter((id) => id !== acting)
  return chain.length === 0
    ? nameOf(names, acting)
    : `${nameOf(names, acting)}, called by ${listed(chain.map((id) => nameOf(names, id)))},`
}

const resourceName = (resource: string, names: Names): string => {
  const id = resource.slice(resource.indexOf(':') + 1)
  return names.get(id) ?? resource
}

const OUTCOMES: Readonly<Record<string, [word: string, tone: Tone]>> = {
  done: ['Done', 'good'],
  denied: ['Not allowed', 'bad'],
  asked: ['A person must say yes', 'warn'],
  refused: ['Refused', 'bad'],
  failed: ['Failed', 'bad'],
  unknown: ['Nobody knows how it ended', 'warn'],
}

export const outcomeOf = ({ outcome }: AuditEvent): [word: string, tone: Tone] =>
  (outcome && OUTCOMES[outcome]) || ['Begun', 'plain']

/** One line per act: an attempt whose end is in the list too is told by its end. */
export function told<T extends AuditEvent>(events: readonly T[]): T[] {
  const ended = new Set(events.flatMap(({ attempt }) => (attempt === undefined ? [] : [attempt])))
  return events.filter(({ kind, id }) => kind !== 'attempt' || !ended.has(id))
}

/** Ids that a sentence about these events would name. */
export const idsIn = (events: readonly AuditEvent[]): string[] => [
  ...new Set(
    events.flatMap(({ principal, questions = [], facts = {} }) => [
      ...(principal ? [principal.sub, ...principal.act] : []),
      ...(typeof facts.user === 'string' ? [facts.user] : []),
      ...questions.slice(0, 1).map(({ resource }) => resource.slice(resource.indexOf(':') + 1)),
    ]),
  ),
]
