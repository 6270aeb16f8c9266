// Many checks in one request, each with its own answer or error, all at one position.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { effort } from '../conditions/effort.ts'
import { answer, BatchCheck } from '../protocol/bodies.ts'
import { Refusal } from '../protocol/problems.ts'
import { judged, type Memory } from '../questions/consistency.ts'
import type { ResolvedModel } from '../questions/resolved-model.ts'
import { asksStore } from './asks.ts'
import { checkOne, readSetOf } from './check.ts'

/** Upstream allows 50 unless it is told otherwise. */
const CHECKS_LIMIT = 1000

const Result = z.union([
  z.object({ allowed: z.boolean() }),
  z.object({ error: z.object({ input_error: z.string(), message: z.string() }) }),
])

export const batchCheck = (memory: Memory) =>
  operation({
    id: 'relationships.batch-check',
    summary: 'Check many relations at once.',
    audit: 'question',
    input: BatchCheck,
    output: answer(z.object({ result: z.record(z.string(), Result) })),
    asks: asksStore('check'),
    async reach({ principal }, input) {
      checkIds(input.checks.map(({ correlation_id }) => correlation_id))
      return judged(memory, input, {
        principal,
        readSets: ({ readSets }) => [...new Set(input.checks.map((item) => readSetOf(readSets, item)))],
        judge: (by) => ({ body: { result: answersTo(by, input.checks) }, position: memory.relationships.position }),
      })
    },
  })

/** The same question asked twice has one answer. */
function answersTo(by: ResolvedModel, checks: z.output<typeof BatchCheck>['checks']) {
  const answers = new Map<string, ReturnType<typeof answered>>()
  const spending = effort()
  const answered = (item: (typeof checks)[number]) => orError(() => ({ allowed: checkOne(by, { ...item, spending }) }))
  return Object.fromEntries(
    checks.map((item) => {
      const { correlation_id, ...question } = item
      const name = JSON.stringify(question)
      const known = answers.get(name) ?? answered(item)
      answers.set(name, known)
      return [correlation_id, known]
    }),
  )
}

function checkIds(ids: readonly string[]): void {
  if (ids.length === 0) throw new Refusal('validation_error', 'batch check requires at least one check to evaluate')
  if (ids.length > CHECKS_LIMIT)
    throw new Refusal(
      'validation_error',
      `batchCheck received ${ids.length} checks, the maximum allowed is ${CHECKS_LIMIT}`,
    )
  const seen = new Set<string>()
  const twice = ids.find((id) => seen.size === seen.add(id).size)
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
