// How the failures of an upstream are told: whether something may have happened there is never left unclear.
import type { Effect } from '@mandate/contract'
import type { Principal } from '../kernel/principal.ts'
import { Problem } from '../kernel/problem.ts'
import { OutboundFailed, OutboundRefused } from '../platform/outbound/index.ts'
import type { LetGo } from './hold.ts'
import { TOO_LARGE } from './model.ts'

/** The upstream did something other than answer properly. `sent`: whether it may have acted. */
export class UpstreamFault extends Error {
  override readonly name = 'UpstreamFault'
  readonly sent: boolean

  constructor(detail: string, sent: boolean) {
    super(detail)
    this.sent = sent
  }
}

const LET_GO: Record<LetGo, string> = {
  client_gone: 'The client went away before the answer.',
  access_ended: 'Access ended while the call was under way.',
  timeout: 'The upstream did not answer in time.',
}
const UNKNOWN = 'It may have been done; look there before trying again.'

/** The upstream answered, and access ended before its answer was judged. */
export class EndedLate extends UpstreamFault {
  constructor() {
    super(LET_GO.access_ended, true)
  }
}

/** For a call that had to wait before it began: it does not begin for whoever lost access meanwhile. */
export function refuseEnded(given: { stillValid(principal: Principal): boolean }, principal: Principal): void {
  if (given.stillValid(principal)) return
  throw new Problem('forbidden', { detail: LET_GO.access_ended, extensions: { reasons: ['access_ended'] } })
}

/** `error` as a Problem; errors that are not the upstream's stay what they are. */
export function upstreamProblem(
  error: unknown,
  { effect, ...hold }: { effect: Effect; why: LetGo | undefined },
): unknown {
  const why = hold.why ?? (error instanceof EndedLate ? 'access_ended' : undefined)
  if (error instanceof OutboundRefused)
    return new Problem('upstream_failed', {
      detail: 'The upstream of this connection may not be reached.',
      cause: error,
    })
  if (!(error instanceof OutboundFailed) && !(error instanceof UpstreamFault)) return error
  const detail = why ? LET_GO[why] : detailOf(error)
  if (error.sent && effect !== 'read')
    return new Problem('outcome_unknown', { detail: `${detail} ${UNKNOWN}`, cause: error })
  if (why === 'access_ended')
    return new Problem('forbidden', { detail, extensions: { reasons: ['access_ended'] }, cause: error })
  return new Problem('upstream_failed', { detail, cause: error })
}

// The host and code of a transport's failure are the operator's to know, not the agent's.
function detailOf(error: OutboundFailed | UpstreamFault): string {
  if (error instanceof UpstreamFault) return error.message
  if (error.reason === 'timeout') return LET_GO.timeout
  if (error.reason === 'too_large') return TOO_LARGE
  return error.sent ? 'The upstream broke off before its answer was whole.' : 'The upstream could not be reached.'
}
