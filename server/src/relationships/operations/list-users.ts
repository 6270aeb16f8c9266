// Every user of a kind that stands in a relation to an object; complete, or refused.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { isWildcard, splitUser, type Types } from '../model.ts'
import { targetFault } from '../models/tuple-rules.ts'
import { answer, ListUsers } from '../protocol/bodies.ts'
import { relationNotFound, typeNotFound } from '../protocol/problems.ts'
import { usersOf } from '../questions/answers.ts'
import { judged, type Memory } from '../questions/consistency.ts'
import { accept, acceptContextual, type ResolvedModel } from '../questions/resolved-model.ts'
import { asksStore } from './asks.ts'

const User = z.union([
  z.object({ object: z.object({ type: z.string(), id: z.string() }) }),
  z.object({ userset: z.object({ type: z.string(), id: z.string(), relation: z.string() }) }),
  z.object({ wildcard: z.object({ type: z.string() }) }),
])

export const listUsers = (memory: Memory) =>
  operation({
    id: 'relationships.list-users',
    summary: 'List every user with a relation to an object.',
    audit: 'question',
    input: ListUsers,
    output: answer(z.object({ users: z.array(User) })),
    asks: asksStore('list-users'),
    reach: ({ principal }, input) =>
      judged(memory, input, {
        principal,
        readSets: ({ readSets }) => [readSets(input.object.type, input.relation)],
        judge: (by) => ({
          body: { users: listed(by, input).map(userBody) },
          position: memory.relationships.position,
        }),
      }),
  })

function listed(by: ResolvedModel, input: z.output<typeof ListUsers>): string[] {
  const { types } = by.model
  acceptContextual(by, input.contextual_tuples)
  mustKnow(types, input.object.type, input.relation)
  for (const { type, relation } of input.user_filters) mustKnow(types, type, relation)
  const target = { object: `${input.object.type}:${input.object.id}`, relation: input.relation }
  accept(targetFault(types, target.object, target.relation))
  const assumed = { contextual: input.contextual_tuples, context: input.context }
  return input.user_filters.flatMap((filter) => usersOf(by, { ...target, filter }, assumed))
}

function mustKnow(types: Types, type: string, relation: string | undefined): void {
  if (!types.has(type)) throw typeNotFound(type)
  if (relation !== undefined && !types.get(type)?.has(relation)) throw relationNotFound(type, relation)
}

function userBody(user: string): z.input<typeof User> {
  const { object, relation } = splitUser(user)
  const at = object.indexOf(':')
  const [type, id] = [object.slice(0, at), object.slice(at + 1)]
  if (relation !== undefined) return { userset: { type, id, relation } }
  return isWildcard(user) ? { wildcard: { type } } : { object: { type, id } }
}
