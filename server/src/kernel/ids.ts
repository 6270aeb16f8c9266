// Identifiers: opaque strings with a prefix that says what they name, branded so that one cannot stand in for another.
import { randomId } from './random.ts'

export const ID_PREFIXES = {
  user: 'usr',
  group: 'grp',
  agent: 'agt',
  client: 'cli',
  resource: 'res',
  connection: 'con',
  approval: 'apr',
  account: 'acc',
  event: 'evt',
  delegation: 'del',
  session: 'ses',
  task: 'txn',
} as const

export type Noun = keyof typeof ID_PREFIXES
export type Id<N extends Noun> = `${(typeof ID_PREFIXES)[N]}_${string}`

export type UserId = Id<'user'>
export type GroupId = Id<'group'>
export type AgentId = Id<'agent'>
export type ClientId = Id<'client'>
export type ResourceId = Id<'resource'>
export type ConnectionId = Id<'connection'>
export type DelegationId = Id<'delegation'>
export type SessionId = Id<'session'>
export type TaskId = Id<'task'>
export type EventId = Id<'event'>
export type ApprovalId = Id<'approval'>
export type AccountId = Id<'account'>

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** 26 characters of Crockford base 32: 48 bits of time (ms), then 80 random bits. Sorts by creation time. */
export function newId<N extends Noun>(noun: N, at: number = Date.now()): Id<N> {
  let time = ''
  for (let rest = at, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = ALPHABET[rest % 32] + time
  let chance = ''
  for (const byte of randomId(16)) chance += ALPHABET[byte & 31]
  return `${ID_PREFIXES[noun]}_${time}${chance}` as Id<N>
}

/** Whether `value` has the prefix of `noun`; says nothing about its existence. */
export function isId<N extends Noun>(noun: N, value: string): value is Id<N> {
  return value.startsWith(`${ID_PREFIXES[noun]}_`)
}
