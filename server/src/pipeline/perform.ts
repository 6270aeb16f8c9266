// The road, written once: authenticate, parse, record the attempt, authorize, act, record the outcome, reply.
import type { z } from 'zod'
import { type Decision, permit, type Question, strictest } from '../kernel/decision.ts'
import type { Principal } from '../kernel/principal.ts'
import { Problem } from '../kernel/problem.ts'
import type { Transaction } from '../platform/database/index.ts'
import type { Anonymous } from './anonymous.ts'
import type { Release } from './asked-action.ts'
import { askFor, outcomeOfAsking } from './asking.ts'
import type { Call, Context, Facts } from './call.ts'
import { claimKey, type Keyed, keepAnswer } from './idempotency.ts'
import { type Body, bodyOf, type Operation } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { parse } from './parse.ts'
import type { Ended, Ports, Recorded } from './ports.ts'
import { PUBLIC_OPERATIONS } from './public-operations.ts'

export interface Perform {
  <I extends z.ZodType, O extends z.ZodType>(operation: Operation<I, O>, call: Call): Promise<z.output<O>>
  /** The same, without a promise and throwing at once where nothing had to be waited for. */
  now<I extends z.ZodType, O extends z.ZodType>(
    operation: Operation<I, O>,
    call: Call,
  ): z.output<O> | Promise<z.output<O>>
}

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

  /** Nothing is waited for where nothing has to be: a question is then answered in the same step. */
  function perform(operation: Operation, call: Call): unknown {
    const startedAt = ports.elapsed()
    call.performed = operation.id
    const go = (known: Known) => {
      const body = bodyOf(operation)
      const taken = { operation, call, startedAt, known, anonymous: admitted(operation, call) }
      return operation.audit === 'question' && 'reach' in body ? question(taken, body) : act(taken, body)
    }
    const known = understood(operation, call)
    return known instanceof Promise ? known.then(go) : go(known)
  }

  const recordedOf = ({ operation, call, known: { principal, questions } }: Taken): Recorded => ({
    operation: operation.id,
    class: operation.audit,
    correlation: call.correlation,
    remote: call.remote,
    principal: principal === nobody ? undefined : principal,
    questions,
  })

  const contextOf = ({ call, known, anonymous }: Taken, attempt: string, note: Context['note']): Context => ({
    principal: known.principal,
    now: ports.now(),
    correlation: call.correlation,
    remote: call.remote,
    attempt,
    note,
    identified: (requests) => anonymous?.identified(requests),
  })

  /** A question has no attempt to record. */
  function question(taken: Taken, body: Extract<Body, { reach: unknown }>): unknown {
    const { operation, startedAt, known } = taken
    const { principal, input, questions } = known
    let facts: Facts = {}
    const ended = (outcome: Outcome) => ports.counted(operation.id, outcome, (ports.elapsed() - startedAt) / 1000)
    const refuse = (error: unknown, outcome: Outcome, reasons: readonly string[]): never => {
      ended(outcome)
      recordRefusedQuestion(taken, { outcome, reasons, facts })
      throw error
    }
    const decision = isPublic.has(operation.id) ? permit : decide(principal, questions)
    if (decision.answer === 'deny') refuse(refusal(decision), 'denied', decision.reasons)
    if (decision.answer === 'ask') return act(taken, body)
    const failed = (error: unknown) => refuse(error, outcomeOf(error), [codeOf(error)])
    const done = (output: unknown) => {
      ended('done')
      return output
    }
    let output: unknown
    try {
      output = body.reach(
        contextOf(taken, '', (more) => {
          facts = { ...facts, ...more }
        }),
        input,
      )
    } catch (error) {
      return failed(error)
    }
    return output instanceof Promise ? output.then(done, failed) : done(output)
  }

  async function act(taken: Taken, body: Body): Promise<unknown> {
    const { operation, call, startedAt, known } = taken
    const { principal, input, questions } = known
    const recorded = recordedOf(taken)
    const attempt = operation.audit === 'act' ? await ports.record.attempt(recorded) : ''
    let facts: Facts = {}
    const context = contextOf(taken, attempt, (more) => {
      facts = { ...facts, ...more }
    })
    const ended = (outcome: Outcome, reasons: readonly string[]): Ended => {
      ports.counted(operation.id, outcome, (ports.elapsed() - startedAt) / 1000)
      return { ...recorded, outcome, reasons, facts }
    }

    // What went wrong is what the caller must learn, whether or not it could be written down.
    const refuse = async (error: unknown, { outcome, reasons }: Pick<Ended, 'outcome' | 'reasons'>): Promise<never> => {
      const end = ended(outcome, reasons)
      if (attempt) await ports.record.outcome(attempt, end).catch(() => {})
      else recordRefusedQuestion(taken, end)
      throw error
    }

    const decision = isPublic.has(operation.id) ? undefined : decide(principal, questions)
    if (decision?.answer === 'deny') await refuse(refusal(decision), { outcome: 'denied', reasons: decision.reasons })
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

  function understood(operation: Operation, call: Call): Known | Promise<Known> {
    const open = isPublic.has(operation.id)
    const known = (principal: Principal): Known => {
      const input = parse(operation.input, call.input)
      const questions = operation.asks(input, principal)
      if (questions.length === 0 && !open) throw new Error(`${operation.id} is not public and asks nothing`)
      return { principal, input, questions }
    }
    const refused = (error: unknown): never => refuseUnrecorded(operation, call, error)
    try {
      const principal = open ? nobody : ports.authenticate(call)
      return principal instanceof Promise ? principal.then(known).catch(refused) : known(principal)
    } catch (error) {
      return refused(error)
    }
  }

  // Recorded within a cap: whoever is refused here has not proved who they are, and asks as often as they like.
  function refuseUnrecorded(operation: Operation, call: Call, error: unknown): never {
    ports.record.refused({ operation: operation.id, correlation: call.correlation, remote: call.remote }, codeOf(error))
    throw error
  }

  /** Before a public operation is recorded it is drawn from what its network may ask. What records nothing needs no limit. */
  function admitted(operation: Operation, call: Call): Anonymous | undefined {
    if (operation.audit === 'question' || !isPublic.has(operation.id)) return undefined
    try {
      return ports.anonymous?.(call.remote)
    } catch (error) {
      return refuseUnrecorded(operation, call, error)
    }
  }

  /** Every refused question of a known caller is recorded, and those of strangers within a cap. */
  function recordRefusedQuestion(
    taken: Taken,
    { outcome, reasons, facts }: Pick<Ended, 'outcome' | 'reasons' | 'facts'>,
  ) {
    const recorded = recordedOf(taken)
    if (recorded.principal) ports.record.after({ ...recorded, outcome, reasons, facts })
    else ports.record.refused(recorded, reasons[0] ?? outcome)
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

  const now = (operation: Operation, call: Call) => ports.span(operation.id, () => perform(operation, call))
  return Object.assign(async (operation: Operation, call: Call) => now(operation, call), { now }) as unknown as Perform
}

/** A call on its way. */
interface Taken {
  operation: Operation
  call: Call
  startedAt: number
  known: Known
  /** Where nobody has to be known, and it is recorded all the same. */
  anonymous: Anonymous | undefined
}

interface Known {
  principal: Principal
  input: unknown
  questions: readonly Question[]
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
