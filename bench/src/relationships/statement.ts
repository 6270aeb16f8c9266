// The question as one recursive statement on PostgreSQL: what a team writes that has a table of tuples and no engine.
import type { TupleKey } from '@mandate/server/relationships/model.ts'
import pg from 'pg'
import { ownCluster } from '../cluster.ts'
import type { World } from './world.ts'

/** Of the Drive-like world: viewers are owners, viewers of the folder above, and members of groups within groups. */
const STATEMENT = `
with recursive goal (object, relation) as (
  values ($1::text, 'viewer'::text)
  union
  select next.object, next.relation from goal cross join lateral (
    select goal.object, 'owner' where goal.relation = 'viewer'
    union all
    select t.subject, 'viewer' from tuples t
      where goal.relation = 'viewer' and t.object = goal.object and t.relation = 'parent'
    union all
    select split_part(t.subject, '#', 1), split_part(t.subject, '#', 2) from tuples t
      where t.object = goal.object and t.relation = goal.relation and strpos(t.subject, '#') > 0
  ) next (object, relation))
select exists (select 1 from goal join tuples t using (object, relation) where t.subject in ($2, 'user:*')) as allowed`

export interface Statements {
  ask(question: TupleKey): Promise<boolean>
  close(): Promise<void>
}

export const AT_A_TIME = 16

/** Undefined where PostgreSQL is not installed. */
export async function statementsOn(world: World): Promise<Statements | undefined> {
  const cluster = await ownCluster()
  if (!cluster) return undefined
  const pool = new pg.Pool({ connectionString: cluster.url, max: AT_A_TIME })
  await pool.query('create table tuples (object text, relation text, subject text)')
  for (const some of world.tuples.blocks(20_000))
    await pool.query('insert into tuples select * from unnest($1::text[], $2::text[], $3::text[])', [
      some.map(({ object }) => object),
      some.map(({ relation }) => relation),
      some.map(({ user }) => user),
    ])
  await pool.query('alter table tuples add primary key (object, relation, subject)')
  await pool.query('vacuum analyze tuples')
  return {
    async ask({ object, user }) {
      const { rows } = await pool.query<{ allowed: boolean }>({
        name: 'check',
        text: STATEMENT,
        values: [object, user],
      })
      return rows[0]?.allowed ?? false
    },
    async close() {
      await pool.end()
      await cluster.stop()
    },
  }
}
