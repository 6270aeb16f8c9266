// A world in the engine: the only place of the benchmarks that knows how the engine is filled and asked.
import { nobody } from '@mandate/server/pipeline/index.ts'
import { Tuples } from '@mandate/server/relationships/cache/tuples.ts'
import { askerOf, Conditions } from '@mandate/server/relationships/engine/question.ts'
import type { TupleKey } from '@mandate/server/relationships/model.ts'
import { rulesOf } from '@mandate/server/relationships/models/tuple-rules.ts'
import { checkTuple } from '@mandate/server/relationships/questions/answers.ts'
import { objectsInSlices, objectsOf } from '@mandate/server/relationships/questions/object-lists.ts'
import { pageOfObjects } from '@mandate/server/relationships/questions/object-pages.ts'
import { ObjectStream } from '@mandate/server/relationships/questions/object-stream.ts'
import { visibleRecords } from '@mandate/server/relationships/questions/record-visibility.ts'
import { SlicedQuestion } from '@mandate/server/relationships/questions/sliced-question.ts'
import { turns } from '@mandate/server/relationships/questions/turns.ts'
import type { World } from './world.ts'

export interface Opened {
  world: World
  readonly size: number
  /** Bytes by the engine's own reckoning. */
  readonly bytes: number
  check(question: TupleKey): boolean
  put(tuple: TupleKey): void
  take(tuple: TupleKey): void
  /** Which of the records a person sees, by name, as the gateway asks. */
  filter(user: string, ids: readonly string[]): boolean[] | Promise<boolean[]>
  /** The same by numbers that are known already; 1 is seen. */
  filterByHandle(user: string, ids: readonly string[]): () => Uint8Array
  objects(user: string): string[]
  /** The first `size` names. */
  firstObjects(user: string, size: number): string[]
  /** The first `size` or more of a stream, as the operation sends them. */
  firstStreamed(user: string, size: number): Promise<string[]>
}

const NOTHING = { contextual: [] }

export function openWorld(world: World): Opened {
  const model = { id: 'bench', body: world.body, ...rulesOf(world.body) }
  const tuples = new Tuples(1)
  tuples.load(world.tuples)
  const named = { id: 'bench', name: 'bench', created_at: '' }
  const store = { ...named, models: new Map([['bench', model]]), newest: model, tuples }
  const by = { store, model }
  const relationships = { position: 1, size: 0, bytes: 0, store: () => store, stores: () => [store] }
  const visible = visibleRecords({ relationships })
  const { type, relation } = world
  const turn = turns()
  return {
    world,
    get size() {
      return tuples.size
    },
    get bytes() {
      return tuples.bytes
    },
    check: (question) => checkTuple(by, question, NOTHING),
    put: (tuple) => tuples.put(tuple),
    take: (tuple) => tuples.take(tuple),
    filter: async (user, ids) => (await visible({ user, relation, type, ids }))[0] ?? [],
    filterByHandle(user, ids) {
      const compiled = tuples.compiled(model)
      const { graph, plan, visibility } = compiled
      const handles = Int32Array.from(ids, (id) => graph.names.find(`${type}:${id}`))
      const number = plan.named(type, relation)?.number ?? -1
      const judge = () => compiled.judge.ask(askerOf(plan, graph, user), new Conditions(plan, graph))
      return () =>
        visibility.see(judge, { user: graph.names.find(user), relation: number, version: tuples.version }, handles)
    },
    objects: (user) => objectsOf(by, { user, relation, type }, NOTHING),
    firstObjects: (user, page_size) =>
      pageOfObjects(by, { user, relation, type, page_size, continuation_token: '' }, NOTHING).objects,
    async firstStreamed(user, size) {
      const question = { user, relation, type }
      const sliced = new SlicedQuestion(
        { memory: { relationships, caughtUp: async () => {}, stillValid: () => true }, turn },
        { store_id: 'bench', consistency: 'UNSPECIFIED' },
        {
          principal: nobody,
          readSets: ({ readSets }) => [readSets(type, relation)],
          begin: (of) => objectsInSlices(of, question, NOTHING) ?? objectsOf(of, question, NOTHING),
        },
      )
      const stream = new ObjectStream(sliced)
      const names: string[] = []
      for (let part = await stream.next(); part; part = await stream.next()) {
        names.push(...part)
        if (names.length >= size) break
      }
      return names
    },
  }
}
