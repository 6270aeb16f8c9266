// Answers from memory wait until this replica holds what the caller has already seen, or all there is.
import type { Principal } from '../kernel/principal.ts'
import { Problem } from '../kernel/problem.ts'
import { type InForce, inForce } from './in-force.ts'
import type { Relationships } from './relationships.ts'
import type { Touched } from './touched.ts'

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

export type CaughtUp = (wanted: Awaited) => Promise<void>

/** What every question needs: the relationships in memory, and a way to wait for them. */
export interface Memory {
  relationships: Relationships
  caughtUp: CaughtUp
  /** Whether whoever was let in would still be. */
  stillValid(principal: Principal): boolean
}

export const caughtUp =
  ({ reached, newest }: Waiting): CaughtUp =>
  async ({ at_least = 0, consistency }) => {
    const position = consistency === 'HIGHER_CONSISTENCY' ? Math.max(at_least, await newest()) : at_least
    if (position > 0 && !(await reached(position)))
      throw new Problem('unavailable', {
        detail: `This replica has not reached position ${position}.`,
        headers: { 'retry-after': '1' },
      })
  }

interface Asking<T> {
  /** Who asks. */
  principal: Principal
  /** All that may decide, by the model in force. */
  touches(model: InForce['model']): readonly Touched[]
  judge(by: InForce): T
}

/**
 * Judges when this replica holds what the caller has already seen, and what the question touches is in memory; nothing
 * else happens between that and the answer.
 */
export async function judged<T>(
  { relationships, caughtUp, stillValid }: Memory,
  input: Awaited & Parameters<typeof inForce>[1],
  { principal, touches, judge }: Asking<T>,
): Promise<T> {
  await caughtUp(input)
  for (;;) {
    const by = inForce(relationships, input)
    const loading = by.store.tuples.need(touches(by.model))
    if (!loading) return judge(by)
    await loading
    // That may have taken long, and a token that was revoked meanwhile gets no answer.
    if (!stillValid(principal))
      throw new Problem('unauthenticated', { detail: 'Access ended while the question waited.' })
  }
}
