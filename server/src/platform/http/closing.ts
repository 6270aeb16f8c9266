// Closing without breaking off: no new requests, those under way are finished, and nobody who merely stays connected
// holds up the end.
import type { FastifyInstance } from 'fastify'

export interface UnderWay {
  /** Resolves when no request is under way. */
  quiet(): Promise<void>
}

/** Keeps count of the requests under way on `app`. */
export function countUnderWay(app: FastifyInstance): UnderWay {
  let count = 0
  let waiting: (() => void)[] = []
  app.addHook('onRequest', (_, reply, done) => {
    count += 1
    reply.raw.once('close', () => {
      count -= 1
      if (count > 0) return
      for (const resolve of waiting) resolve()
      waiting = []
    })
    done()
  })
  return {
    quiet: () =>
      new Promise((resolve) => {
        if (count === 0) resolve()
        else waiting.push(resolve)
      }),
  }
}

/** Closes `app` when what is under way has ended; after `graceMs`, `lastCall` is told to let go of it. */
export async function closeGently(
  app: FastifyInstance,
  { underWay, graceMs, lastCall }: { underWay: UnderWay; graceMs: number; lastCall: () => Promise<void> },
): Promise<void> {
  const closed = app.close()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, graceMs)
  })
  await Promise.race([underWay.quiet(), late])
  clearTimeout(timer)
  await lastCall()
  app.server.closeAllConnections()
  await closed
}
