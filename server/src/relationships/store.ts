// The room's only SQL.
import { sql as bySql, type Generated } from 'kysely'
import type { Transaction } from '../platform/database/index.ts'
import type { PageAsked } from './cache/loading.ts'
import type { TupleCondition } from './conditions/condition-definition.ts'
import { type ModelBody, type Tuple, type TupleKey, typeOf } from './model.ts'

export interface RelationshipTables {
  fga_stores: { id: string; name: string; created_at: Generated<Date> }
  fga_models: { store_id: string; id: string; body: ModelBody }
  fga_tuples: TupleKey & { store_id: string; condition: TupleCondition | null; written_at: Generated<Date> }
  fga_tuple_changes: TupleKey & {
    store_id: string
    n: Generated<number>
    operation: 'write' | 'delete'
    condition: TupleCondition | null
    at: Generated<Date>
  }
  fga_tuple_counts: { store_id: string; type: string; tuples: number }
  fga_assertions: { store_id: string; model_id: string; body: unknown }
}

export const TOPICS = {
  store: 'relationships.store',
  model: 'relationships.model',
  tuples: 'relationships.tuples',
} as const

const sql = (tx: Transaction) => tx.sql<RelationshipTables>()
const key = ['object', 'relation', 'user'] as const

export async function insertStore(tx: Transaction, store: { id: string; name: string }) {
  const row = await sql(tx).insertInto('fga_stores').values(store).returningAll().executeTakeFirstOrThrow()
  tx.append({ topic: TOPICS.store, key: row.id, body: { name: row.name, created_at: row.created_at.toISOString() } })
  return row
}

export async function deleteStore(tx: Transaction, id: string): Promise<void> {
  await sql(tx).deleteFrom('fga_stores').where('id', '=', id).execute()
  tx.append({ topic: TOPICS.store, key: id, body: null })
}

/**
 * Takes the store for this transaction; false where there is none. Writers to one store take turns: otherwise two that
 * touch the same tuples in another order would deadlock, and a store could be deleted under a write.
 */
export const holdStore = async (tx: Transaction, id: string): Promise<boolean> =>
  (await sql(tx).selectFrom('fga_stores').select('id').where('id', '=', id).forUpdate().executeTakeFirst()) !==
  undefined

export async function insertModel(tx: Transaction, store: string, { id, body }: { id: string; body: ModelBody }) {
  await sql(tx).insertInto('fga_models').values({ store_id: store, id, body: body }).execute()
  tx.append({ topic: TOPICS.model, key: store, body: { id, body } })
}

/** Models of the store, and the most names, of types or of relations, that all of them together have. */
export async function countNames(
  tx: Transaction,
  store: string,
): Promise<{ models: number; names(): Promise<number> }> {
  const { models } = await sql(tx)
    .selectFrom('fga_models')
    .select((eb) => eb.fn.countAll<string>().as('models'))
    .where('store_id', '=', store)
    .executeTakeFirstOrThrow()
  return {
    models: Number(models),
    async names() {
      // One at a time: both at once carry each type's whole definition along for every relation.
      const count = async (path: string) => {
        const { rows } = await bySql<{ names: string }>`
          select count(distinct name) as names
          from fga_models cross join lateral jsonb_path_query(body, ${path}::jsonpath) name
          where store_id = ${store}`.execute(sql(tx))
        return Number(rows[0]?.names)
      }
      const types = await count('$.type_definitions[*].type')
      return Math.max(types, await count('$.type_definitions[*].relations.keyvalue().key'))
    },
  }
}

/** The model named, or the newest. */
export const findModel = (tx: Transaction, store: string, id?: string) =>
  sql(tx)
    .selectFrom('fga_models')
    .select(['id', 'body'])
    .where('store_id', '=', store)
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()

/** Adds what is not there yet and returns it. */
export async function insertTuples(tx: Transaction, store: string, tuples: readonly Tuple[]): Promise<Tuple[]> {
  if (tuples.length === 0) return []
  const rows = await sql(tx)
    .insertInto('fga_tuples')
    .values(tuples.map(({ condition = null, ...tuple }) => ({ ...tuple, store_id: store, condition })))
    .onConflict((conflict) => conflict.doNothing())
    .returning([...key, 'condition'])
    .execute()
  return rows.map(tupleOf)
}

/** The tuples of these keys, as they stand. */
export async function findTuples(tx: Transaction, store: string, keys: readonly TupleKey[]): Promise<Tuple[]> {
  if (keys.length === 0) return []
  const rows = await sql(tx)
    .selectFrom('fga_tuples')
    .select([...key, 'condition'])
    .where('store_id', '=', store)
    .where((eb) =>
      eb(
        eb.refTuple(...key),
        'in',
        keys.map(({ object, relation, user }) => eb.tuple(object, relation, user)),
      ),
    )
    .execute()
  return rows.map(tupleOf)
}

const tupleOf = ({ condition, ...tuple }: TupleKey & { condition: TupleCondition | null }): Tuple => ({
  ...tuple,
  ...(condition && { condition }),
})

/** Takes away what is there and returns it. */
export async function deleteTuples(tx: Transaction, store: string, tuples: readonly TupleKey[]): Promise<TupleKey[]> {
  if (tuples.length === 0) return []
  return sql(tx)
    .deleteFrom('fga_tuples')
    .where('store_id', '=', store)
    .where((eb) =>
      eb(
        eb.refTuple(...key),
        'in',
        tuples.map(({ object, relation, user }) => eb.tuple(object, relation, user)),
      ),
    )
    .returning(key)
    .execute()
}

/** Tells followers, inside and outside, what one write request did. */
export async function recordWrite(
  tx: Transaction,
  store: string,
  { writes, deletes }: { writes: readonly Tuple[]; deletes: readonly TupleKey[] },
): Promise<void> {
  const rows = [
    ...deletes.map((tuple) => ({ ...tuple, store_id: store, operation: 'delete' as const, condition: null })),
    ...writes.map(({ condition = null, ...tuple }) => ({
      ...{ ...tuple, store_id: store, operation: 'write' as const, condition },
    })),
  ]
  if (rows.length > 0) await sql(tx).insertInto('fga_tuple_changes').values(rows).execute()
  await count(tx, store, { writes, deletes })
  tx.append({ topic: TOPICS.tuples, key: store, body: { writes, deletes } })
}

// In the order of types, so that two who count at once do not wait for each other.
async function count(
  tx: Transaction,
  store: string,
  { writes, deletes }: { writes: readonly TupleKey[]; deletes: readonly TupleKey[] },
): Promise<void> {
  const counts = new Map<string, number>()
  const add = (tuples: readonly TupleKey[], by: number) => {
    for (const { object } of tuples) counts.set(typeOf(object), (counts.get(typeOf(object)) ?? 0) + by)
  }
  add(deletes, -1)
  add(writes, 1)
  const rows = [...counts].filter(([, tuples]) => tuples !== 0).sort(([a], [b]) => (a < b ? -1 : 1))
  if (rows.length === 0) return
  await sql(tx)
    .insertInto('fga_tuple_counts')
    .values(rows.map(([type, tuples]) => ({ store_id: store, type, tuples })))
    .onConflict((conflict) =>
      conflict.columns(['store_id', 'type']).doUpdateSet((eb) => ({
        tuples: eb('fga_tuple_counts.tuples', '+', eb.ref('excluded.tuples')),
      })),
    )
    .execute()
}

export interface TupleFilter {
  /** `type:id`, or `type:` for every object of the type. */
  object?: string
  relation?: string
  user?: string
}

export const readTuples = (
  tx: Transaction,
  { store, filter, after, limit }: { store: string; filter: TupleFilter; after?: TupleKey; limit: number },
) =>
  sql(tx)
    .selectFrom('fga_tuples')
    .select([...key, 'condition', 'written_at'])
    .where('store_id', '=', store)
    .where((eb) => {
      const { object, relation, user } = filter
      return eb.and([
        ...(object?.endsWith(':') ? [eb(eb.fn<boolean>('starts_with', ['object', eb.val(object)]), '=', true)] : []),
        ...(object && !object.endsWith(':') ? [eb('object', '=', object)] : []),
        ...(relation ? [eb('relation', '=', relation)] : []),
        ...(user ? [eb('user', '=', user)] : []),
        ...(after ? [eb(eb.refTuple(...key), '>', eb.tuple(after.object, after.relation, after.user))] : []),
      ])
    })
    .orderBy('object')
    .orderBy('relation')
    .orderBy('user')
    .limit(limit)
    .execute()

export const readTupleChanges = (
  tx: Transaction,
  { store, type, since, after, limit }: { store: string; type?: string; since?: Date; after: number; limit: number },
) =>
  sql(tx)
    .selectFrom('fga_tuple_changes')
    .select([...key, 'condition', 'operation', 'at', 'n'])
    .where('store_id', '=', store)
    .where('n', '>', after)
    .$if(type !== undefined, (query) =>
      query.where((eb) => eb(eb.fn<boolean>('starts_with', ['object', eb.val(`${type}:`)]), '=', true)),
    )
    .$if(since !== undefined, (query) => query.where('at', '>=', since ?? new Date(0)))
    .orderBy('n')
    .limit(limit)
    .execute()

export const loadRelationships = async (tx: Transaction) => ({
  stores: await sql(tx).selectFrom('fga_stores').selectAll().execute(),
  models: await sql(tx).selectFrom('fga_models').select(['store_id', 'id', 'body']).execute(),
  counts: await sql(tx).selectFrom('fga_tuple_counts').selectAll().execute(),
})

/** The next tuples by key, of objects of one type or of all. */
export async function readPage(tx: Transaction, { store, type, after, limit }: PageAsked): Promise<Tuple[]> {
  // Without statistics, which an embedded database never has, the planner would sort the whole rest for every page.
  await bySql`select set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true),
    set_config('enable_seqscan', 'off', true)`.execute(sql(tx))
  const rows = await sql(tx)
    .selectFrom('fga_tuples')
    .select([...key, 'condition'])
    .where('store_id', '=', store)
    // The names of one type stand together, because they are compared by their bytes: `;` comes after `:`.
    .$if(type !== undefined, (query) => query.where('object', '>=', `${type}:`).where('object', '<', `${type};`))
    .$if(after !== undefined, (query) =>
      query.where((eb) =>
        eb(eb.refTuple(...key), '>', eb.tuple(after?.object ?? '', after?.relation ?? '', after?.user ?? '')),
      ),
    )
    .orderBy('object')
    .orderBy('relation')
    .orderBy('user')
    .limit(limit)
    .execute()
  return rows.map(tupleOf)
}

export async function putAssertions(
  tx: Transaction,
  { store, model, body }: { store: string; model: string; body: unknown },
): Promise<void> {
  await sql(tx)
    .insertInto('fga_assertions')
    .values({ store_id: store, model_id: model, body: JSON.stringify(body) })
    .onConflict((conflict) => conflict.columns(['store_id', 'model_id']).doUpdateSet({ body: JSON.stringify(body) }))
    .execute()
}

export const findAssertions = (tx: Transaction, store: string, model: string) =>
  sql(tx)
    .selectFrom('fga_assertions')
    .select('body')
    .where('store_id', '=', store)
    .where('model_id', '=', model)
    .executeTakeFirst()
