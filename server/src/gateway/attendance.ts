// Whoever is being served is looked at again and again: access that ends, ends what it started.
import type { Clock } from '../kernel/clock.ts'
import type { Principal } from '../kernel/principal.ts'
import { ATTENDANCE_MS } from './model.ts'

export interface Watched {
  principal(): Principal
  /** Whether the end of its token is an end too: true for streams, false for calls that began in time. */
  untilExpiry: boolean
  /** Called once. */
  ended(): void
}

export interface Attendance {
  /** Starts watching; call what is returned to stop. */
  watch(watched: Watched): () => void
  /** Ends what stands on `link`; how many. */
  endLinked(link: string): number
  /** Ends what would go on by itself: streams, not calls. */
  endStreams(): void
  close(): void
}

export function createAttendance(given: { stillValid(principal: Principal): boolean; clock: Clock }): Attendance {
  const all = new Set<Watched>()
  let timer: NodeJS.Timeout | undefined

  function over({ principal, untilExpiry }: Watched): boolean {
    const who = principal()
    if (untilExpiry && who.expiresAt * 1000 <= given.clock.now()) return true
    try {
      return !given.stillValid(who)
    } catch {
      // What cannot be known freshly enough is not granted any longer.
      return true
    }
  }

  function end(watched: Watched): void {
    if (!all.delete(watched)) return
    if (all.size === 0) stop()
    watched.ended()
  }

  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }

  return {
    watch(watched) {
      all.add(watched)
      timer ??= setInterval(() => {
        for (const each of [...all]) if (over(each)) end(each)
      }, ATTENDANCE_MS).unref()
      return () => {
        all.delete(watched)
        if (all.size === 0) stop()
      }
    },
    endLinked(link) {
      const linked = [...all].filter(({ principal }) => standsOn(principal(), link))
      for (const each of linked) end(each)
      return linked.length
    },
    endStreams() {
      for (const each of [...all]) if (each.untilExpiry) end(each)
    },
    close() {
      for (const each of [...all]) end(each)
    },
  }
}

const standsOn = ({ sub, client, act, links = [] }: Principal, link: string): boolean =>
  sub === link || client === link || act.some((actor) => actor.sub === link) || links.includes(link)
