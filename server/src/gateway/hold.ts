// One call in flight, and the reasons for which it may have to be let go before it is answered.
import type { Principal } from '../kernel/principal.ts'
import type { Attendance } from './attendance.ts'

export type LetGo = 'client_gone' | 'access_ended' | 'timeout'

export interface Hold {
  signal: AbortSignal
  /** Why the signal was given, once it was. */
  why(): LetGo | undefined
  release(): void
}

export function holdCall(
  attendance: Attendance,
  given: { principal: Principal; gone: AbortSignal; timeoutMs?: number; untilExpiry?: boolean },
): Hold {
  const controller = new AbortController()
  let why: LetGo | undefined
  const letGo = (reason: LetGo) => {
    why ??= reason
    controller.abort()
  }
  const gone = () => letGo('client_gone')
  if (given.gone.aborted) gone()
  given.gone.addEventListener('abort', gone, { once: true })
  const unwatch = attendance.watch({
    principal: () => given.principal,
    untilExpiry: given.untilExpiry ?? false,
    ended: () => letGo('access_ended'),
  })
  const timer = given.timeoutMs === undefined ? undefined : setTimeout(() => letGo('timeout'), given.timeoutMs)
  return {
    signal: controller.signal,
    why: () => why,
    release() {
      clearTimeout(timer)
      unwatch()
      given.gone.removeEventListener('abort', gone)
    },
  }
}
