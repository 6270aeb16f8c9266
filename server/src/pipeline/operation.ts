// An operation is data with a private body: only the road (perform.ts) can reach it.
import type { z } from 'zod'
import type { Question } from '../kernel/decision.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Transaction } from '../platform/database/index.ts'
import type { AskedAction } from './asked-action.ts'
import type { Context } from './call.ts'

/** `act` changes something or leaves the house; `read` looks; `question` asks us for a judgement (ADR 0004). */
export type AuditClass = 'act' | 'read' | 'question'

interface Described<I extends z.ZodType, O extends z.ZodType> {
  /** `room.verb-noun`; also the span's name and the OpenAPI operationId. */
  id: string
  /** One sentence for the OpenAPI document. */
  summary: string
  audit: AuditClass
  input: I
  output: O
  /** Its answer holds something that is shown only once, so it is never kept. */
  shownOnce?: true
  /** The literal questions that must all be permitted; none only for public operations. */
  asks(input: z.output<I>, principal: Principal): readonly Question[]
}

/** Works on our own rows: one transaction holds the body and its outcome. */
interface Inside<I extends z.ZodType, O extends z.ZodType, P> extends Described<I, O> {
  /** What must be done before the transaction is open: hashing, sealing, checking a URL. */
  prepare?(context: Context, input: z.output<I>): Promise<P> | P
  run(context: Context & { tx: Transaction; prepared: P }, input: z.output<I>): Promise<z.input<O>>
}

/** Leaves the house or answers from memory: no transaction is open around it. */
interface Outside<I extends z.ZodType, O extends z.ZodType> extends Described<I, O> {
  /** What a person is asked when the decision is to ask; without it such a decision refuses. */
  asked?(context: Context, input: z.output<I>): AskedAction | Promise<AskedAction>
  reach(context: Context, input: z.output<I>): Promise<z.input<O>> | z.input<O>
}

export interface Operation<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> extends Described<I, O> {
  /** Whether its body shares a transaction with its outcome. */
  readonly inside: boolean
}

export type Body =
  | {
      prepare(context: Context, input: unknown): unknown
      run(context: Context & { tx: Transaction; prepared: unknown }, input: unknown): Promise<unknown>
    }
  | {
      asked?(context: Context, input: unknown): AskedAction | Promise<AskedAction>
      reach(context: Context, input: unknown): unknown
    }

const bodies = new WeakMap<object, Body>()

export function operation<I extends z.ZodType, O extends z.ZodType, P = undefined>(
  definition: Inside<I, O, P> | Outside<I, O>,
): Operation<I, O> {
  const { id, summary, audit, input, output, asks, shownOnce } = definition
  const inside = 'run' in definition
  const data: Operation<I, O> = Object.freeze({ id, summary, audit, input, output, asks, inside, shownOnce })
  const body = 'run' in definition ? { prepare: () => undefined, ...definition } : definition
  bodies.set(data, body as unknown as Body)
  return data
}

/** For perform.ts alone; the boundary check refuses it anywhere else. */
export function bodyOf(of: Operation): Body {
  const body = bodies.get(of)
  if (!body) throw new Error(`${of.id} was not made by operation()`)
  return body
}
