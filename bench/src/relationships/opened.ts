// A world in the engine: the only place of the benchmarks that knows how the engine is filled and asked.
import { nobody } from '@mandate/server/pipeline/index.ts'
import { checkTuple } from '@mandate/server/relationships/answers.ts'
import { askerOf, Conditions } from '@mandate/server/relationships/engine/question.ts'
import type { TupleKey } from '@mandate/server/relationships/model.ts'
import { objectsInSlices, objectsOf } from '@mandate/server/relationships/object-lists.ts'
import { pageOfObjects } from '@mandate/server/relationships/object-pages.ts'
import { ObjectStream } from '@mandate/server/relationships/object-stream.ts'
import { rulesOf } from '@mandate/server/relationships/tuple-rules.ts'
import { Tuples } from '@mandate/server/relationships/tuples.ts'
import { turns } from '@mandate/server/relationships/turns.ts'
import { UnderWay } from '@mandate/server/relationships/under-way.ts'
import { visibleRecords } from '@mandate/server/relationships/visible.ts'
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
      const ground = tuples.ground(model)
      const { graph, plan, sights } = ground
      const handles = Int32Array.from(ids, (id) => graph.names.find(`${type}:${id}`))
      const number = plan.named(type, relation)?.number ?? -1
      const judge = () => ground.judge.ask(askerOf(plan, graph, user), new Conditions(plan, graph))
      return () =>
        sights.see(judge, { user: graph.names.find(user), relation: number, version: tuples.version }, handles)
    },
    objects: (user) => objectsOf(by, { user, relation, type }, NOTHING),
    firstObjects: (user, page_size) =>
      pageOfObjects(by, { user, relation, type, page_size, continuation_token: '' }, NOTHING).objects,
    async firstStreamed(user, size) {
      const question = { user, relation, type }
      const underWay = new UnderWay(
        { memory: { relationships, caughtUp: async () => {}, stillValid: () => true }, turn },
        { store_id: 'bench', consistency: 'UNSPECIFIED' },
        {
          principal: nobody,
          touches: ({ touches }) => [touches(type, relation)],
          begin: (of) => objectsInSlices(of, question, NOTHING) ?? objectsOf(of, question, NOTHING),
        },
      )
      const stream = new ObjectStream(underWay)
      const names: string[] = []
      for (let part = await stream.next(); part; part = await stream.next()) {
        names.push(...part)
        if (names.length >= size) break
      }
      return names
    },
  }
}
