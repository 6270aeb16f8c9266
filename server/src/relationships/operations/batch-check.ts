// Many checks in one request, each with its own answer or error, all at one position.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { answer, BatchCheck } from '../bodies.ts'
import type { Memory } from '../consistency.ts'
import { inForce } from '../in-force.ts'
import { Refusal } from '../problems.ts'
import { asksStore } from './asks.ts'
import { checkOne } from './check.ts'

/** Upstream allows 50 unless it is told otherwise. */
const CHECKS_LIMIT = 1000

const Result = z.union([
  z.object({ allowed: z.boolean() }),
  z.object({ error: z.object({ input_error: z.string(), message: z.string() }) }),
])

export const batchCheck = ({ relationships, caughtUp }: Memory) =>
  operation({
    id: 'relationships.batch-check',
    summary: 'Check many relations at once.',
    audit: 'question',
    input: BatchCheck,
    output: answer(z.object({ result: z.record(z.string(), Result) })),
    asks: asksStore('check'),
    async reach(_, input) {
      checkIds(input.checks.map(({ correlation_id }) => correlation_id))
      await caughtUp(input)
      const by = inForce(relationships, input)
      const result = Object.fromEntries(
        input.checks.map((item) => [item.correlation_id, orError(() => ({ allowed: checkOne(by, item) }))]),
      )
      return { body: { result }, position: relationships.position }
    },
  })

function checkIds(ids: readonly string[]): void {
  if (ids.length === 0) throw new Refusal('validation_error', 'batch check requires at least one check to evaluate')
  if (ids.length > CHECKS_LIMIT)
    throw new Refusal(
      'validation_error',
      `batchCheck received ${ids.length} checks, the maximum allowed is ${CHECKS_LIMIT}`,
    )
  const twice = ids.find((id, at) => ids.indexOf(id) !== at)
  if (twice !== undefined) throw new Refusal('validation_error', `received duplicate correlation id: ${twice}`)
}

function orError<T>(work: () => T): T | { error: { input_error: string; message: string } } {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { error: { input_error: error.refusal, message: error.message } }
  }
}
