// Lists of objects put to the engine in names: made in one step, or slice by slice.

import type { CachedList, CompiledModel } from '../engine/compiled-model.ts'
import { ObjectList } from '../engine/listing/list-objects.ts'
import { type Asker, askerKnown, askerOf, Conditions } from '../engine/question.ts'
import { tooComplex } from '../protocol/problems.ts'
import { type Assumed, faulty, nested } from './answers.ts'
import type { ResolvedModel } from './resolved-model.ts'

export interface ObjectsQuestion {
  user: string
  relation: string
  type: string
}

/** Every object of a question by number, at one version of the tuples. */
export interface Objects {
  compiled: CompiledModel
  list: CachedList
}

/** Objects in a list that is kept. */
const MOST_KEPT = 200_000

const asNames = ({ compiled: { graph }, list }: Objects): string[] => graph.names.textsOf(list.objects)

/** The names of every object, in no order. */
export const objectsOf = (by: ResolvedModel, question: ObjectsQuestion, assumed: Assumed): string[] =>
  objectsAtOnce(by, question, assumed, asNames)

/** Made in one step; `use` must be done with it when it returns, as numbers of the question alone are forgotten. */
export function objectsAtOnce<T>(
  by: ResolvedModel,
  question: ObjectsQuestion,
  assumed: Assumed,
  use: (objects: Objects) => T,
): T {
  const lasting = objectsInSlices(by, question, assumed)
  if (lasting) return use(lasting.finish())
  const { tuples } = by.store
  const compiled = tuples.compiled(by.model)
  return tuples.assuming(assumed.contextual, () => {
    const asker = askerOf(compiled.plan, compiled.graph, question.user)
    return use(new Slices({ by, question, assumed, compiled, asker, lasts: false }).finish())
  })
}

/** Undefined where numbers of the question alone are needed, which do not outlast a step. */
export function objectsInSlices(by: ResolvedModel, question: ObjectsQuestion, assumed: Assumed): Slices | undefined {
  if (assumed.contextual.length > 0) return undefined
  const compiled = by.store.tuples.compiled(by.model)
  const asker = askerKnown(compiled.plan, compiled.graph, question.user)
  return asker && new Slices({ by, question, assumed, compiled, asker, lasts: true })
}

interface Asked {
  by: ResolvedModel
  question: ObjectsQuestion
  assumed: Assumed
  compiled: CompiledModel
  asker: Asker
  /** Whether the numbers outlast the step. */
  lasts: boolean
}

/** A list under way. It holds for one version of the tuples: whoever goes on with it makes sure that this is still so. */
export class Slices {
  readonly compiled: CompiledModel
  readonly #version: number
  /** Where the list is kept: not where more than the tuples decides it. */
  readonly #key: string | undefined
  readonly #conditions: Conditions
  readonly #list: ObjectList | undefined
  readonly #known: CachedList | undefined
  /** Of the list that is kept, as it stands now: others may put it in order. */
  readonly #kept: Int32Array = new Int32Array()
  readonly #found: number[][] = []
  #taken = 0

  constructor({ by, question, assumed, compiled, asker, lasts }: Asked) {
    const { user, relation, type } = question
    const { context } = assumed
    this.compiled = compiled
    this.#version = by.store.tuples.version
    this.#key = lasts && context === undefined ? `${user} ${type} ${relation}` : undefined
    const known = this.#key === undefined ? undefined : compiled.listings.get(this.#key)
    if (known?.version === this.#version) {
      this.#known = known
      this.#kept = known.objects
    }
    this.#conditions = new Conditions(compiled.plan, compiled.graph, context)
    const wanted = this.#known ? undefined : compiled.plan.named(type, relation)
    if (wanted) this.#list = new ObjectList({ compiled, asker, conditions: this.#conditions, relation: wanted.number })
  }

  /** Every object, or undefined while there is more to do. Throws where the question has no answer. */
  more(steps: number): Objects | undefined {
    if (this.#known) return { compiled: this.compiled, list: this.#known }
    const complete = this.#goOn(steps, Number.POSITIVE_INFINITY)
    this.#found.push(this.#list?.take() ?? [])
    if (!complete) return undefined
    const list = { version: this.#version, objects: joined(this.#found) }
    if (this.#key !== undefined && list.objects.length <= MOST_KEPT) this.compiled.listings.set(this.#key, list)
    return { compiled: this.compiled, list }
  }

  /** The next objects instead, each once, until `isLast`. Throws as `more` does. */
  part(steps: number, most: number): { objects: readonly number[]; isLast: boolean } {
    const complete = this.#goOn(steps, most)
    const objects = this.#take(most)
    return { objects, isLast: complete && objects.length < most }
  }

  #take(most: number): readonly number[] {
    if (!this.#known) return this.#list?.take(most) ?? []
    const part = this.#kept.subarray(this.#taken, this.#taken + most)
    this.#taken += part.length
    return [...part]
  }

  finish(): Objects {
    for (;;) {
      const objects = this.more(Number.POSITIVE_INFINITY)
      if (objects) return objects
    }
  }

  #goOn(steps: number, most: number): boolean {
    const list = this.#list
    if (!list) return true
    const progress = nested(() => list.more(steps, most))
    if (progress === 'too_deep') throw tooComplex()
    if (progress === 'faulty') throw faulty(this.#conditions)
    return progress === 'complete'
  }
}

function joined(parts: readonly number[][]): Int32Array {
  const all = new Int32Array(parts.reduce((length, part) => length + part.length, 0))
  let from = 0
  for (const part of parts) {
    all.set(part, from)
    from += part.length
  }
  return all
}
