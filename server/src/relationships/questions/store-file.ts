// A program: reads a store file's model, tuples and questions as JSON from its input and answers each, without a server.
import { text } from 'node:stream/consumers'
import { Tuples } from '../cache/tuples.ts'
import type { Tuple } from '../model.ts'
import { questionFault, rulesOf, userFault } from '../models/tuple-rules.ts'
import { validModel } from '../models/valid-model.ts'
import { Refusal } from '../protocol/problems.ts'
import { checkTuple, usersOf } from './answers.ts'
import { objectsOf } from './object-lists.ts'
import { acceptContextual, accept as acceptFault, type ResolvedModel } from './resolved-model.ts'

type Context = Record<string, unknown>
interface StoreFile {
  name: string
  model: object
  tuples: Tuple[]
  tests: {
    tuples: Tuple[]
    check: { user: string; object: string; relation: string; context?: Context }[]
    list_objects: { user: string; type: string; relation: string; context?: Context }[]
    list_users: {
      object: string
      filter: { type: string; relation?: string }
      relation: string
      context?: Context
    }[]
  }[]
}

function answers({ name, model: given, tuples: written, tests }: StoreFile) {
  const body = validModel(given)
  const model = { id: name, body, ...rulesOf(body) }
  const holding = (tuples: Tuples): ResolvedModel => ({
    ...{ model, store: { id: name, name, created_at: '', models: new Map(), newest: model, tuples } },
  })
  acceptContextual(holding(new Tuples(0)), written)
  return tests.map((test) => {
    const tuples = new Tuples(0)
    const by = holding(tuples)
    acceptContextual(by, test.tuples)
    tuples.load(unique([...written, ...test.tuples]))
    const assumed = (context?: Context) => ({ contextual: [], context })
    return {
      check: test.check.map(({ context, ...key }) =>
        answered(() => {
          acceptFault(questionFault(model.types, key))
          return checkTuple(by, key, assumed(context))
        }),
      ),
      list_objects: test.list_objects.map(({ context, ...question }) =>
        answered(() => {
          acceptFault(questionFault(model.types, { ...question, object: `${question.type}:any` }))
          return objectsOf(by, question, assumed(context))
        }),
      ),
      list_users: test.list_users.map(({ context, ...question }) =>
        answered(() => {
          const { type, relation } = question.filter
          acceptFault(userFault(model.types, relation === undefined ? `${type}:any` : `${type}:any#${relation}`))
          return usersOf(by, question, assumed(context))
        }),
      ),
    }
  })
}

function unique(tuples: readonly Tuple[]): Tuple[] {
  return [...new Map(tuples.map((tuple) => [`${tuple.object}#${tuple.relation}@${tuple.user}`, tuple])).values()]
}

function answered<T>(ask: () => T): T | string {
  try {
    return ask()
  } catch (error) {
    if (error instanceof Refusal) return `${error.refusal}: ${error.message}`
    throw error
  }
}

function outcome(input: string): object {
  try {
    return { tests: answers(JSON.parse(input) as StoreFile) }
  } catch (error) {
    return { refused: (error as Error).message }
  }
}

process.stdout.write(JSON.stringify(outcome(await text(process.stdin))))
