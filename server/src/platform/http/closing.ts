// Closing without breaking off: no new requests, those under way are finished, and nobody who merely stays connected
// holds up the end.
import type { FastifyInstance } from 'fastify'
import { frontOf } from './front.ts'

/** Closes `app` when what is under way has ended; after `graceMs`, `lastCall` is told to let go of it. */
export async function closeGently(
  app: FastifyInstance,
  { graceMs, lastCall }: { graceMs: number; lastCall: () => Promise<void> },
): Promise<void> {
  const closed = app.close()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, graceMs)
  })
  await Promise.race([frontOf(app).quiet(), late])
  clearTimeout(timer)
  await lastCall()
  app.server.closeAllConnections()
  await closed
}
