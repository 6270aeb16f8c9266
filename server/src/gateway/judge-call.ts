// What is checked of a call before a person is asked about it, and again before it is sent: the same in every door.
import type { Context } from '../pipeline/index.ts'
import { type Audience, refuseUnjudged } from './audience.ts'
import type { GatewayGiven } from './model.ts'
import { type Declared, namesRecords } from './records/declaration.ts'
import { mayName, type RequestParts } from './records/request-records.ts'
import { type Sight, sightOf } from './records/sight.ts'
import { EndedLate, refuseEnded } from './upstream-problem.ts'

type Given = Pick<GatewayGiven, 'visible' | 'stillValid' | 'clock'>

export interface JudgedCall {
  declared: Declared
  /** What the request says, for records and decisions. */
  parts: RequestParts
  /** Who will read the answer beside its user, where that is said. */
  audience: Audience | undefined
}

/**
 * The sight of the answer's readers. Undefined when the request names a record that one of them may not see: that is
 * not found. Throws `forbidden` for an audience that cannot be judged, and when access ended.
 */
export async function judgeCall(
  given: Given,
  { principal, note }: Pick<Context, 'principal' | 'note'>,
  { declared, parts, audience }: JudgedCall,
): Promise<Sight | undefined> {
  refuseUnjudged(declared, audience)
  if (audience) note({ audience: audience.members.length })
  const sight = sightOf(principal, given.visible, audience)
  if (!(await mayName(declared, parts, sight))) {
    note({ records: 0, withheld: declared.request.length, bytes: 0 })
    return undefined
  }
  refuseEnded(given, principal)
  return sight
}

/** Runs `judge` over an answer that came. Throws EndedLate when access ended before it was judged. */
export async function judgeAnswer<T>(
  given: Given,
  {
    context,
    declared,
    signal,
  }: { context: Pick<Context, 'principal' | 'note'>; declared: Declared; signal: AbortSignal },
  judge: () => Promise<T>,
): Promise<T> {
  const startedAt = given.clock.elapsed()
  const judged = await judge().finally(() => {
    if (namesRecords(declared)) context.note({ microseconds: Math.round((given.clock.elapsed() - startedAt) * 1000) })
  })
  // Judging may have waited, and access may have ended meanwhile.
  if (signal.aborted || !given.stillValid(context.principal)) throw new EndedLate()
  return judged
}
