// Calls one after the other, each remembered with when it was asked, when it was answered, and how.
export interface Seen {
  kind: string
  /** Milliseconds of `performance.now()`. */
  askedAt: number
  answeredAt: number
  status: number
  retryAfter: string | null
}

export interface Answered {
  status: number
  headers: Headers
}

export interface Watch {
  seen: readonly Seen[]
  /** Resolves when each kind has been answered `times` more times with `status`. */
  answered(times: number, status: number): Promise<void>
  /** Resolves when the calls under way have ended. */
  stop(): Promise<void>
}

/** Asks each kind of call again as soon as it was answered. A connection that breaks throws from `stop`. */
export function watch(calls: Readonly<Record<string, () => Promise<Answered>>>): Watch {
  const seen: Seen[] = []
  const waiting = new Set<() => void>()
  let stopped = false
  const lines = Object.entries(calls).map(async ([kind, call]) => {
    while (!stopped) {
      const askedAt = performance.now()
      const { status, headers } = await call()
      seen.push({ kind, askedAt, answeredAt: performance.now(), status, retryAfter: headers.get('retry-after') })
      for (const look of waiting) look()
    }
  })
  const ended = Promise.all(lines)
  ended.catch(() => undefined)
  return {
    seen,
    async answered(times, status) {
      const from = seen.length
      const enough = () =>
        Object.keys(calls).every((kind) => {
          const counted = seen.slice(from).filter((one) => one.kind === kind && one.status === status)
          return counted.length >= times
        })
      const reached = new Promise<void>((resolve) => {
        const look = () => {
          if (!enough()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
      })
      // The calls go on until they are stopped: that they ended means that one failed.
      await Promise.race([reached, ended])
    },
    async stop() {
      stopped = true
      await ended
    },
  }
}

export const slowest = (seen: readonly Seen[]): number =>
  Math.max(...seen.map(({ askedAt, answeredAt }) => answeredAt - askedAt))
