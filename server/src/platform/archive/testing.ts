// A schema with a column of every kind we could come to use, filled to the edges, and archives of it.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { appendChanges } from '../changes/index.ts'
import { type Database, inWhole, type Migration, readMigrations } from '../database/index.ts'
import { CHANGE_LOG } from '../database/test-database.ts'
import { createSealing, localKeys, type MasterKeys, type Sealing } from '../sealing/index.ts'
import { type ArchiveKind, dump, emptyOut, type LeftOut, load, mustBeOurs, openArchive, writeArchive } from './index.ts'

const KINDS = `
create table kinds (
  id bigint generated always as identity primary key,
  small smallint, whole integer, long bigint, exact numeric, cut numeric(12, 3), near real, far double precision,
  flag boolean, words text collate "C", short varchar(20), padded char(6), bytes bytea, at timestamptz, local timestamp,
  day date, hour time, span interval, one uuid, loose json, tight jsonb, list text[], numbers bigint[], documents jsonb[],
  address inet, bits bit varying, days daterange, doubled bigint generated always as (whole::bigint * 2) stored
);
create table parents (id text primary key, child text, above text references parents (id));
create table children (id text primary key, parent text not null references parents (id) on delete cascade);
alter table parents add constraint favourite foreign key (child) references children (id) deferrable initially deferred;
create table guarded (id text primary key, n integer not null default 0);
create function guarded_kept() returns trigger language plpgsql as $$ begin raise exception 'guarded'; end $$;
create trigger guarded_kept before delete on guarded for each row execute function guarded_kept();
create trigger guarded_counted before insert on guarded for each row execute function guarded_kept();
alter table guarded disable trigger guarded_counted;
insert into parents (id) values ('seeded by a migration');
`

const ROWS = `
insert into kinds (small, whole, long, exact, cut, near, far, flag, words, short, padded, bytes, at, local, day, hour, span,
  one, loose, tight, list, numbers, documents, address, bits, days)
values
 (-32768, 2147483647, 9223372036854775807, 123456789012345678901234567890.000000000123, 1.500, 3.4028235e38,
  2.2250738585072014e-308, true, E'línea\\n\\t"\\\\ \\u2028 😀', 'short', 'pad', '\\x00ff0a225c', '2026-01-02 03:04:05.678901+00',
  '1999-12-31 23:59:59.999999', '0044-03-15 BC', '23:59:59.000001', '1 year -2 days 03:04:05.000006',
  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"b": 1,  "a": 2, "a": 3}', '{"n": 12345678901234567890.50, "s": "\\n"}',
  array['a', null, '', 'null', '{x,"y"}', E'\\\\'], array[9007199254740993, null]::bigint[],
  array['null', '{"a": [1]}']::jsonb[], '10.0.0.1/8', '10110', '[2026-01-01,2026-02-01)'),
 (null, null, null, 'NaN', null, 'NaN', '-Infinity', false, '', '', '', '', 'infinity', '-infinity', null, null, null,
  null, 'null', 'null', '{}', '{}', '{}', null, '', 'empty');
delete from parents;
insert into parents (id) values ('p1'), ('p2');
insert into children values ('c1', 'p2');
update parents set child = 'c1', above = 'p2' where id = 'p1';
insert into guarded select 'g' || n, n from generate_series(1, 1234) as n;
insert into changes (position, topic, key, body) values (7, 't', 'k', 'null'), (8, 't', 'k', '{"a": 1}');
insert into replicas values ('r', 8, now());
`

const FINGERPRINTED = `create table master_key (one boolean primary key default true, fingerprint text not null);`

export interface Ground {
  folder: string
  master: MasterKeys
  sealing: Sealing
  migrations: Migration[]
  remove(): Promise<void>
}

/** Two rooms' migrations; `later` adds one of a later release. */
export async function ground(later?: string): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'mandate-archive-'))
  await writeFile(join(folder, '0001-kinds.sql'), KINDS)
  await writeFile(join(folder, '0002-key.sql'), FINGERPRINTED)
  if (later !== undefined) await writeFile(join(folder, '0003-later.sql'), later)
  const keys = [randomBytes(32)]
  return {
    folder,
    master: { keys, source: 'variable' },
    sealing: createSealing(localKeys(keys)),
    migrations: readMigrations([CHANGE_LOG, { room: 'kinds', folder: pathToFileURL(`${folder}/`) }]),
    remove: () => rm(folder, { recursive: true }),
  }
}

const writing = { mode: 'read committed', append: appendChanges } as const
const looking = { mode: 'repeatable read, read only', append: appendChanges } as const

export const fill = (database: Database, { master }: Ground): Promise<void> =>
  inWhole(database, writing, async ({ connection }) => {
    await connection.script(ROWS)
    await connection.query('insert into master_key (fingerprint) values ($1)', [localKeys(master.keys).fingerprint()])
  })

export interface Asked {
  kind?: ArchiveKind
  leftOut?: readonly LeftOut[]
}

/** Writes an archive of `database` and returns its path. */
export async function archived(database: Database, given: Ground, { kind = 'backup', leftOut = [] }: Asked = {}) {
  const path = join(given.folder, `${randomBytes(6).toString('hex')}.mandate`)
  await inWhole(database, looking, async ({ connection }) => {
    const header = {
      ...{ kind, product: 'test', created_at: '2026-01-01T00:00:00.000Z', audit: { size: 0, epoch: 1 } },
      migrations: await mustBeOurs(connection, given.migrations),
      master_key: { fingerprint: localKeys(given.master.keys).fingerprint(), key_ids: [] },
    }
    const { migrations, sealing } = given
    await writeArchive(path, dump(connection, { header, migrations, leftOut, sealing, say: () => {} }))
  })
  return path
}

export const loaded = (database: Database, path: string, { migrations }: Ground, replace = false): Promise<void> =>
  inWhole(database, writing, async ({ connection }) => {
    const archive = await openArchive(path)
    if (replace) await emptyOut(connection, migrations)
    await load(connection, { header: archive.header, rows: () => archive.rows(), migrations, say: () => {} })
  })

/** Everything in it as text, in an order of its own, and how the schema is held together. */
export async function contents(database: Database): Promise<Record<string, unknown[]>> {
  return inWhole(database, looking, async ({ connection }) => {
    const found: Record<string, unknown[]> = {}
    const { rows: tables } = await connection.query(
      `select relname as name from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r'
       and relname <> 'migrations' order by 1`,
    )
    for (const { name } of tables)
      found[String(name)] = (await connection.query(`select t::text as row from ${name} as t order by 1`)).rows
    const { rows: constraints } = await connection.query(
      `select conrelid::regclass::text as table, conname, pg_get_constraintdef(oid) as definition from pg_constraint
       where connamespace = current_schema()::regnamespace and contype <> 'n' order by 1, 2`,
    )
    const { rows: triggers } = await connection.query(
      `select tgname, tgenabled::text from pg_trigger where not tgisinternal order by 1`,
    )
    return { ...found, constraints, triggers }
  })
}
