// The road, written once: authenticate, parse, record the attempt, authorize, act, record the outcome, reply.
import type { z } from 'zod'
import { type Decision, type Question, strictest } from '../kernel/decision.ts'
import type { Principal } from '../kernel/principal.ts'
import { Problem } from '../kernel/problem.ts'
import type { Transaction } from '../platform/database/index.ts'
import { askFor, outcomeOfAsking, type Release } from './asking.ts'
import type { Call, Context, Facts } from './call.ts'
import { claimKey, type Keyed, keepAnswer } from './idempotency.ts'
import { type Body, bodyOf, type Operation } from './operation.ts'
import { parse } from './parse.ts'
import type { Ended, Outcome, Ports, Recorded } from './ports.ts'
import { PUBLIC_OPERATIONS } from './public-operations.ts'

export type Perform = <I extends z.ZodType, O extends z.ZodType>(
  operation: Operation<I, O>,
  call: Call,
) => Promise<z.output<O>>

/** Stands where a principal would, for the public operations: it owns nothing and may do nothing else. */
export const nobody: Principal = {
  sub: 'cli_nobody',
  kind: 'service',
  act: [],
  client: 'cli_nobody',
  scopes: new Set(),
  authorizationDetails: [],
  audience: '',
  expiresAt: 0,
}

export function road(ports: Ports): Perform {
  const isPublic = new Set(PUBLIC_OPERATIONS)

  async function perform(operation: Operation, call: Call): Promise<unknown> {
    const startedAt = ports.elapsed()
    call.performed = operation.id
    const { principal, input, questions } = await known(operation, call)
    const recorded: Recorded = {
      operation: operation.id,
      class: operation.audit,
      correlation: call.correlation,
      remote: call.remote,
      principal: principal === nobody ? undefined : principal,
      questions,
    }
    const attempt = operation.audit === 'act' ? await ports.record.attempt(recorded) : ''
    let facts: Facts = {}
    const context: Context = {
      principal,
      now: ports.now(),
      correlation: call.correlation,
      remote: call.remote,
      attempt,
      note: (more) => {
        facts = { ...facts, ...more }
      },
    }
    const ended = (outcome: Outcome, reasons: readonly string[]): Ended => {
      ports.counted(operation.id, outcome, (ports.elapsed() - startedAt) / 1000)
      return { ...recorded, outcome, reasons, facts }
    }

    // What went wrong is what the caller must learn, whether or not it could be written down.
    const refuse = async (error: unknown, { outcome, reasons }: Pick<Ended, 'outcome' | 'reasons'>): Promise<never> => {
      const end = ended(outcome, reasons)
      if (attempt) await ports.record.outcome(attempt, end).catch(() => {})
      else ports.record.after(end)
      throw error
    }

    const decision = isPublic.has(operation.id) ? undefined : decide(principal, questions)
    if (decision?.answer === 'deny') await refuse(refusal(decision), { outcome: 'denied', reasons: decision.reasons })
    const body = bodyOf(operation)
    let release: Release | undefined
    if (decision?.answer === 'ask') {
      const allowed = () => decide(principal, questions).answer !== 'deny'
      const [question = { action: '', resource: '' }] = questions
      const asking = { principal, attempt, question, allowed, decision, body, context, input }
      release = await askFor(ports, asking).catch((error) => refuse(error, outcomeOfAsking(error, decision)))
      context.approval = release.approval
    }

    let output: unknown
    try {
      output =
        'reach' in body
          ? await body.reach(context, input)
          : await inside(operation, body, context, input, call, (tx) =>
              ports.record.outcome(attempt, ended('done', []), tx),
            )
    } catch (error) {
      await refuse(error, { outcome: outcomeOf(error), reasons: [codeOf(error)] }).catch(() => {})
      await release?.ended(outcomeOf(error)).catch(() => {})
      throw error
    }
    // Not inside the try: an act that was done must never be recorded as failed because its record could not be
    // written. Its attempt then stands without an outcome, which reads as unknown.
    if (!operation.inside && attempt) await ports.record.outcome(attempt, ended('done', [])).catch(endNotRecorded)
    // A yes that was used and whose end cannot be written reads as unknown.
    await release?.ended('done').catch(() => {})
    if (operation.audit === 'read') ports.record.after(ended('done', []))
    if (operation.audit === 'question') ended('done', [])
    return output
  }

  async function known(operation: Operation, call: Call) {
    try {
      const principal = isPublic.has(operation.id) ? nobody : await ports.authenticate(call)
      const input = parse(operation.input, call.input)
      const questions = operation.asks(input, principal)
      if (questions.length === 0 && !isPublic.has(operation.id))
        throw new Error(`${operation.id} is not public and asks nothing`)
      return { principal, input, questions }
    } catch (error) {
      ports.record.refused(
        { operation: operation.id, correlation: call.correlation, remote: call.remote },
        codeOf(error),
      )
      throw error
    }
  }

  function decide(principal: Principal, questions: readonly Question[]): Decision {
    return strictest(questions.map((question) => ports.decide(principal, question)))
  }

  async function inside(
    operation: Operation,
    body: Extract<Body, { run: unknown }>,
    context: Context,
    input: unknown,
    call: Call,
    recordDone: (tx: Transaction) => Promise<void>,
  ): Promise<unknown> {
    const prepared = await body.prepare(context, input)
    const output = await ports.transaction(async (tx) => {
      tx.committed((position) => {
        if (position !== undefined) call.position = position
      })
      const keyed = keyedBy(operation, call, context, input)
      const before = keyed && (await claimKey(tx, keyed))
      if (before) context.note({ replayed: true })
      const value = before ? before.answer : await body.run({ ...context, tx, prepared }, input)
      if (keyed && !before && !operation.shownOnce) await keepAnswer(tx, keyed, value)
      // The act and the record of its outcome are one commit: neither exists without the other.
      if (context.attempt) await recordDone(tx)
      return value
    })
    if (call.position !== undefined) await ports.reached(call.position)
    return output
  }

  return ((operation: Operation, call: Call) =>
    ports.span(operation.id, () => perform(operation, call))) as unknown as Perform
}

// Never "try again": it was done.
function endNotRecorded(cause: unknown): never {
  throw new Problem('outcome_unknown', {
    detail: 'It was sent, but how it ended could not be recorded; look there before trying again.',
    cause,
  })
}

/** A denial as the outside sees it. What is not yours is not found is for the asker to say, by its question's reasons. */
function refusal(decision: Extract<Decision, { answer: 'deny' }>): Problem {
  if (decision.reasons.includes('not_found')) return new Problem('not_found')
  return new Problem('forbidden', { extensions: { reasons: decision.reasons } })
}

/** The act's idempotency key, where the caller gave one and is known. */
function keyedBy(operation: Operation, call: Call, context: Context, input: unknown): Keyed | undefined {
  const { principal, now } = context
  if (call.idempotencyKey === undefined || operation.audit !== 'act' || principal === nobody) return undefined
  return { key: call.idempotencyKey, operation: operation.id, principal, input, now }
}

function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof Problem)) return 'failed'
  if (error.code === 'outcome_unknown') return 'unknown'
  return error.status < 500 ? 'refused' : 'failed'
}

const codeOf = (error: unknown): string =>
  error instanceof Problem ? (error.details.reason ?? error.code) : 'internal'
