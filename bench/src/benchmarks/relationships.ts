// Relationships: the engine alone, beside what others run in its place, over HTTP, and on two replicas. Each part has
// a name of its own too. `BENCH_TUPLES` says how many tuples a world has: a million without it.
import { beside } from '../relationships/beside.ts'
import { engine } from '../relationships/engine/index.ts'
import { http } from '../relationships/http/index.ts'
import { profileCalls } from '../relationships/http/profile.ts'
import { replicas } from '../relationships/replicas.ts'

export const relationshipParts: Readonly<Record<string, () => Promise<void>>> = {
  'relationships:engine': engine,
  'relationships:beside': beside,
  'relationships:http': http,
  'relationships:replicas': replicas,
}

/** Where the time of each call over HTTP goes; not a part of the whole. */
export const relationshipProfile = { 'relationships:profile': profileCalls }

export async function relationships(): Promise<void> {
  for (const part of Object.values(relationshipParts)) await part()
}
