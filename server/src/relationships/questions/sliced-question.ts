// A long question judged in slices: gone on with while nothing it stands on has changed, else begun anew.
import type { Principal } from '../../kernel/principal.ts'
import { Problem } from '../../kernel/problem.ts'
import type { ReadSet } from '../models/read-sets.ts'
import { type Awaited, judged, type Memory } from './consistency.ts'
import { type ResolvedModel, storeOf } from './resolved-model.ts'
import type { Turn } from './turns.ts'

const STEPS = 2 ** 13
/** How many times as long slices are after each new beginning: so it ends, however often the tuples change. */
const LONGER = 4

export interface Scheduling {
  memory: Memory
  turn: Turn
  /** Steps of a slice: up to five milliseconds without it. */
  steps?: number
}

export interface LongQuestion<W> {
  principal: Principal
  readSets(model: ResolvedModel['model']): readonly ReadSet[]
  /** Throws where the question cannot be asked. */
  begin(by: ResolvedModel): W
}

type Input = Awaited & { store_id: string; authorization_model_id?: string }

interface Begun<W> {
  by: ResolvedModel
  version: number
  work: W
}

export class SlicedQuestion<W> {
  /** Of the change log, at the last slice. */
  position = 0
  readonly #memory: Memory
  readonly #turn: Turn
  readonly #steps: number
  readonly #question: LongQuestion<W>
  #input: Input
  #begun: Begun<W> | undefined
  #longer = 1
  #stopped = false

  constructor({ memory, turn, steps = STEPS }: Scheduling, input: Input, question: LongQuestion<W>) {
    this.#memory = memory
    this.#turn = turn
    this.#steps = steps
    this.#input = input
    this.#question = question
  }

  /**
   * Goes on until `slice` has a result. Each slice is one step in which everything it reads is in memory; `longer` says
   * how many times as much it may do. Throws when the question is not, or no longer, to be answered.
   */
  async next<T>(slice: (work: W, steps: number, longer: number) => T | undefined): Promise<T> {
    const { principal, readSets } = this.#question
    for (;;) {
      if (this.#begun) await this.#turn()
      if (this.#begun) this.check()
      const judge = (by: ResolvedModel) => {
        this.position = this.#memory.relationships.position
        const work = this.#workBy(by)
        return slice(work, this.#steps * this.#longer, this.#longer)
      }
      const result = await judged(this.#memory, this.#input, { principal, readSets, judge })
      if (result !== undefined) return result
      // What the caller has seen was waited for.
      this.#input = { ...this.#input, at_least: 0, consistency: 'UNSPECIFIED' }
    }
  }

  /** After whatever was awaited: throws where the store is gone, and where whoever asks would no longer be let in. */
  check(): void {
    if (this.#stopped) throw new Problem('unavailable', { detail: 'Nobody waits for the rest.' })
    storeOf(this.#memory.relationships, this.#input.store_id)
    if (!this.#memory.stillValid(this.#question.principal))
      throw new Problem('unauthenticated', { detail: 'Access ended while the question was answered.' })
  }

  /** Nobody waits any more. */
  stop(): void {
    this.#stopped = true
  }

  #workBy(by: ResolvedModel): W {
    const begun = this.#begun
    const { tuples } = by.store
    if (begun?.by.store.tuples === tuples && begun.version === tuples.version && begun.by.model === by.model)
      return begun.work
    if (begun) this.#longer *= LONGER
    const work = this.#question.begin(by)
    this.#begun = { by, version: tuples.version, work }
    return work
  }
}
