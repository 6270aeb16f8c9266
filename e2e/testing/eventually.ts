// Waiting for what is promised soon: asked again until it holds, and failing loudly when it does not.
import { setTimeout as pause } from 'node:timers/promises'

/** The first value that is not undefined, within `ms`. */
export async function eventually<T>(look: () => Promise<T | undefined>, ms = 5_000): Promise<T> {
  const until = performance.now() + ms
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (performance.now() > until) throw new Error(`not seen within ${ms} ms: ${look}`)
    await pause(20)
  }
}
