// The real schema, as archives see it: all of it is known, all of it comes back, and a new epoch ends what it must.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, it } from 'node:test'
import { migrations, SEALED, startEpoch, TRANSIENT } from './archives.ts'
import { readHeader, readLine } from './platform/archive/format.ts'
import { dump, emptyOut, load, madeBy } from './platform/archive/index.ts'
import { appendChanges } from './platform/changes/index.ts'
import { inWhole, migrate, type Whole } from './platform/database/index.ts'
import { eachDatabase, type TestDatabase, testDatabase } from './platform/database/test-database.ts'
import { createSealing, localKeys } from './platform/sealing/index.ts'

const NOW = Date.parse('2026-03-01T00:00:00Z')
const ROWS = `
insert into users (id, email, population) values ('usr_1', 'a@example.com', 'workforce');
insert into groups (id, name) values ('grp_1', 'g');
insert into group_members values ('grp_1', 'usr_1');
insert into sessions (id, token_hash, user_id, auth_time, amr, position, created_at, expires_at, remote) values
  ('ses_1', 'h1', 'usr_1', 1, '["pwd"]', 3, '2026-02-28', '2026-03-02', ''),
  ('ses_2', 'h2', 'usr_1', 1, '["pwd"]', 3, '2026-01-01', '2026-01-02', '');
update sessions set ended_at = '2026-01-01', ended_reason = 'signed_out' where id = 'ses_2';
insert into setup_links values ('h', '2026-03-02', null);
insert into sign_in_attempts values ('s', 3, '2026-03-02');
insert into oidc_entities (kind, key_hash, payload, grant_id) values ('RefreshToken', 'k', '{}', 'g');
insert into grant_sessions values ('g', 'ses_1', 'usr_1', 'agt_1', '2026-03-02', 3);
insert into signing_keys values ('kid', 'sig', 's1.x.y.z'), ('cookie-1', 'cookie', 's1.x.y.z');
insert into consents values ('usr_1', 'agt_1');
insert into idempotency_keys values ('k', 'r', null, '2026-03-02');
insert into changes (position, topic, key, body) values (41, 't', 'k', 'null'), (42, 't', 'k', '{}');
insert into revocations (link, position, reason) values ('ses_2', 41, 'signed_out');
insert into replicas values ('r', 42, '2030-01-01');
insert into fga_stores (id, name) values ('s', 's');
insert into fga_tuple_changes (store_id, operation, object, relation, "user") values ('s', 'write', 'o', 'r', 'u');
insert into audit_events (id, at, entry, kind, operation, agents, actions, resources)
  values ('evt_0', '2026-02-28', '{}', 'note', 'x', '{}', '{}', '{}');
insert into master_key (fingerprint) values ('f');
`

eachDatabase('the whole schema', (kind) => {
  let made: TestDatabase
  const whole = <T>(work: (whole: Whole) => Promise<T>) =>
    inWhole(made.database, { mode: 'read committed', append: appendChanges }, work)
  const rows = (text: string) => whole(async ({ connection }) => (await connection.query(text)).rows)
  before(async () => {
    made = await testDatabase({ kind })
    await migrate(made.database, migrations())
    await whole(({ connection }) => connection.script(ROWS))
  })
  after(() => made.close())

  it('holds the tables, functions, types and views that its migrations name, and no others', async () => {
    const known = madeBy(migrations())
    const here = 'current_schema()::regnamespace'
    const names = async (text: string) => (await rows(text)).map(({ name }) => name)
    assert.deepEqual(
      await names(
        `select relname::text as name from pg_class where relnamespace = ${here} and relkind in ('r', 'p') order by 1`,
      ),
      [...new Set(known.table)].sort(),
    )
    assert.deepEqual(
      await names(`select proname::text as name from pg_proc where pronamespace = ${here} order by 1`),
      [...new Set(known.function)].sort(),
    )
    assert.deepEqual(
      await names(
        `select typname::text as name from pg_type where typnamespace = ${here} and typtype in ('e', 'd', 'r') order by 1`,
      ),
      [...new Set(known.type)].sort(),
    )
    assert.deepEqual(
      await names(
        `select relname::text as name from pg_class where relnamespace = ${here} and relkind in ('v', 'm') order by 1`,
      ),
      [...new Set(known.view)].sort(),
    )
  })

  it('has every table and column that rooms name as sealed or transient', async () => {
    const columns = await rows(`select table_name || '.' || column_name as name from information_schema.columns
      where table_schema = current_schema()`)
    const names = new Set(columns.map(({ name }) => name))
    assert.ok(SEALED.length >= 3 && TRANSIENT.length >= 8)
    for (const { table, column, id } of SEALED)
      assert.ok(names.has(`${table}.${column}`) && names.has(`${table}.${id}`))
    const tables = new Set(madeBy(migrations()).table)
    for (const { table } of TRANSIENT) assert.ok(tables.has(table), table)
  })

  it('comes back whole from a backup into what was emptied, and a new epoch ends what was issued', async () => {
    const text = await archive('backup')
    await whole(async ({ connection, tx }) => {
      await emptyOut(connection, migrations())
      assert.deepEqual(
        (
          await connection.query(`select 1 from pg_class where relnamespace = current_schema()::regnamespace
        union all select 1 from pg_proc where pronamespace = current_schema()::regnamespace`)
        ).rows,
        [],
      )
      await load(connection, { ...parsed(text), migrations: migrations(), say: () => {} })
      await startEpoch(tx, { now: NOW, madeAt: '2026-02-28T12:00:00.000Z', archive: 'backup' })
    })
    const count = async (table: string) => Number((await rows(`select count(*)::int as n from ${table}`))[0]?.n)
    for (const table of ['oidc_entities', 'grant_sessions', 'signing_keys', 'replicas', 'setup_links'])
      assert.equal(await count(table), 0, table)
    for (const table of ['users', 'group_members', 'consents', 'idempotency_keys', 'revocations', 'sign_in_attempts'])
      assert.equal(await count(table), 1, table)
    assert.deepEqual(await rows('select id, ended_reason from sessions order by id'), [
      { id: 'ses_1', ended_reason: 'restored' },
      { id: 'ses_2', ended_reason: 'signed_out' },
    ])
    assert.deepEqual(await rows('select max(position) as position from changes'), [{ position: 42 }])
    assert.deepEqual(await rows('select epoch from audit_tree'), [{ epoch: 2 }])
    const [note] = await rows(`select entry, leaf_index from audit_events where kind = 'note' and id <> 'evt_0'`)
    const { operation, reasons, facts } = JSON.parse(String(note?.entry))
    assert.deepEqual([operation, reasons, note?.leaf_index], ['audit.restored', ['restored'], null])
    assert.deepEqual(facts, { epoch: 2, archive: 'backup', made_at: '2026-02-28T12:00:00.000Z', log_size: 0 })
    await assert.rejects(rows('delete from audit_events'), /append-only/)
  })

  it('is without what is transient in an export', async () => {
    const { header, counts } = parsed(await archive('export'))
    assert.ok(header.tables.length > 20)
    for (const { table } of TRANSIENT) assert.equal(counts[table] ?? 0, table === 'changes' ? 1 : 0, table)
    for (const table of ['users', 'consents', 'revocations', 'audit_events']) assert.ok((counts[table] ?? 0) > 0, table)
  })

  async function archive(of: 'backup' | 'export'): Promise<string> {
    let text = ''
    await whole(async ({ connection }) => {
      const { rows: applied } = await connection.query('select room, name, checksum from migrations')
      const header = {
        ...{ kind: of, product: 'test', created_at: '2026-02-28T12:00:00.000Z', audit: { size: 0, epoch: 1 } },
        master_key: { fingerprint: 'f', key_ids: [] },
        migrations: applied as { room: string; name: string; checksum: string }[],
      }
      const sealing = createSealing(localKeys([randomBytes(32)]))
      const leftOut = of === 'export' ? TRANSIENT : []
      for await (const piece of dump(connection, { header, migrations: migrations(), leftOut, sealing, say: () => {} }))
        text += piece
    })
    return text
  }
})

function parsed(text: string) {
  const [first = '', ...lines] = text.trimEnd().split('\n')
  const header = readHeader(first)
  assert.ok(typeof header === 'object')
  const read = lines.map(readLine).flatMap((line) => (line && 'row' in line ? [line.row] : []))
  const counts: Record<string, number> = {}
  for (const { table } of read) counts[table] = (counts[table] ?? 0) + 1
  return {
    ...{ header, counts },
    async *rows() {
      for (const { table, values } of read) yield { table, rows: [values] }
    },
  }
}
