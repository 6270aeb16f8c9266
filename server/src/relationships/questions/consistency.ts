// Answers from memory wait until this replica holds what the caller has already seen, or all there is.
import type { Principal } from '../../kernel/principal.ts'
import { Problem } from '../../kernel/problem.ts'
import type { Relationships } from '../cache/relationships.ts'
import type { ReadSet } from '../models/read-sets.ts'
import { type ResolvedModel, resolveModel } from './resolved-model.ts'

export interface Waiting {
  /** Resolves true when this replica has applied `position`, false when that took too long. */
  reached(position: number): Promise<boolean>
  /** Position of the newest committed change, on any replica. */
  newest(): Promise<number>
}

export interface Awaited {
  at_least?: number
  consistency: 'UNSPECIFIED' | 'MINIMIZE_LATENCY' | 'HIGHER_CONSISTENCY'
}

/** Undefined where nothing has to be waited for. */
export type CaughtUp = (wanted: Awaited) => Promise<void> | undefined

/** What every question needs: the relationships in memory, and a way to wait for them. */
export interface Memory {
  relationships: Relationships
  caughtUp: CaughtUp
  /** Whether whoever was let in would still be. */
  stillValid(principal: Principal): boolean
}

export function caughtUp({ reached, newest }: Waiting): CaughtUp {
  const arrived = async (position: number) => {
    if (!(await reached(position)))
      throw new Problem('unavailable', {
        detail: `This replica has not reached position ${position}.`,
        headers: { 'retry-after': '1' },
      })
  }
  return ({ at_least = 0, consistency }) => {
    if (consistency === 'HIGHER_CONSISTENCY') return newest().then((position) => arrived(Math.max(at_least, position)))
    return at_least > 0 ? arrived(at_least) : undefined
  }
}

interface Asking<T> {
  /** Who asks. */
  principal: Principal
  /** All that may decide, by the model in force. */
  readSets(model: ResolvedModel['model']): readonly ReadSet[]
  judge(by: ResolvedModel): T
}

/**
 * Judges when this replica holds what the caller has already seen, and what the question reads is in memory; nothing
 * else happens between that and the answer. Where nothing has to be waited for, the answer is there at once.
 */
export function judged<T>(memory: Memory, input: Asked, asking: Asking<T>): T | Promise<T> {
  const waiting = memory.caughtUp(input)
  return waiting ? waiting.then(() => judgedNow(memory, input, asking)) : judgedNow(memory, input, asking)
}

type Asked = Awaited & Parameters<typeof resolveModel>[1]

function judgedNow<T>(memory: Memory, input: Asked, asking: Asking<T>): T | Promise<T> {
  const by = resolveModel(memory.relationships, input)
  const loading = by.store.tuples.need(asking.readSets(by.model))
  if (!loading) return asking.judge(by)
  return loading.then(() => {
    // That may have taken long, and a token that was revoked meanwhile gets no answer.
    if (!memory.stillValid(asking.principal))
      throw new Problem('unauthenticated', { detail: 'Access ended while the question waited.' })
    return judgedNow(memory, input, asking)
  })
}
