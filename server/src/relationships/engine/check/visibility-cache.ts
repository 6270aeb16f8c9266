// What a user was already found to see: one table per user, relation and position of the tuples, filled by what is
// asked. The second filter over the same documents is a look into a table of integers.

import { GenerationalCache } from '../generational-cache.ts'
import type { Judge } from './judge.ts'
import { NO, YES } from './verdict.ts'
import { VerdictTable } from './verdict-table.ts'

/** Tables kept, at most twice as many, and objects in one. */
const MOST = 256
const MOST_OBJECTS = 200_000

interface Sight {
  version: number
  seen: VerdictTable
}

export class VisibilityCache {
  readonly #kept = new GenerationalCache<string, Sight>(MOST)

  /** Whether the user sees each object (by its number; -1 is none); `version` is that of the tuples. */
  see(
    judge: () => Judge,
    wanted: { user: number; relation: number; version: number },
    objects: Int32Array,
  ): Uint8Array {
    const { relation } = wanted
    const { seen } = this.#sight(wanted)
    const answers = new Uint8Array(objects.length)
    for (let at = 0; at < objects.length; at++) {
      const object = objects[at] as number
      if (object === -1) continue
      let verdict = seen.get(object, 0)
      if (verdict === -1) {
        verdict = judge().judge(object, relation) === YES ? YES : NO
        if (seen.count < MOST_OBJECTS) seen.put(object, 0, verdict)
      }
      answers[at] = verdict
    }
    return answers
  }

  #sight({ user, relation, version }: { user: number; relation: number; version: number }): Sight {
    const key = `${user} ${relation}`
    const known = this.#kept.get(key)
    if (known?.version === version) return known
    const sight = { version, seen: new VerdictTable() }
    this.#kept.set(key, sight)
    return sight
  }
}
