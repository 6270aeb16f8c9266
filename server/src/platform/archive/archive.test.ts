// What goes into an archive comes out of it, on either database; what is not whole is refused before anything happens.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { migrate } from '../database/index.ts'
import { eachDatabase, type TestDatabase, testDatabase } from '../database/test-database.ts'
import { createSealing, localKeys } from '../sealing/index.ts'
import { ArchiveRefused, keysInUse, mustOpen, openArchive, writeArchive } from './index.ts'
import { archived, contents, fill, type Ground, ground, loaded } from './testing.ts'

const refusal = (says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ArchiveRefused, String(error))
  assert.match(error.message, says)
  assert.ok(!error.message.includes('\n'))
  return true
}

eachDatabase('an archive', (kind) => {
  let given: Ground
  let source: TestDatabase
  let path: string
  before(async () => {
    given = await ground()
    source = await testDatabase({ kind })
    await migrate(source.database, given.migrations)
    await fill(source.database, given)
    path = await archived(source.database, given)
  })
  after(async () => {
    await source.close()
    await given.remove()
  })

  it('holds every row exactly, and the constraints, triggers and identities of the schema come back', async () => {
    const target = await testDatabase({ kind })
    try {
      await loaded(target.database, path, given)
      const [one, other] = [await contents(source.database), await contents(target.database)]
      assert.equal(one.kinds?.length, 2)
      assert.equal(one.guarded?.length, 1234)
      assert.deepEqual(other, one)
      const next = 'insert into kinds (whole) values (1) returning id'
      const id = async ({ database }: TestDatabase) =>
        (await database.connected((connection) => connection.query(next))).rows[0]?.id
      assert.equal(await id(target), 3)
      await assert.rejects(
        target.database.connected((connection) => connection.query('delete from guarded')),
        /guarded/,
      )
    } finally {
      await target.close()
    }
  })

  it('asks for the keys that values are sealed with, and for none where a value was wiped', async () => {
    const target = await testDatabase({ kind })
    try {
      await migrate(target.database, given.migrations)
      await fill(target.database, given)
      const keysNow = () =>
        target.database.connected((connection) =>
          keysInUse(connection, [{ table: 'kinds', id: 'id', column: 'words' }], given.master),
        )
      const keep = (words: string | null) =>
        target.database.connected((connection) => connection.query('update kinds set words = $1', [words]))
      await keep(null)
      assert.deepEqual((await keysNow()).key_ids, [])
      await keep(await given.sealing.seal('a secret', { table: 'kinds', id: '1', column: 'words' }))
      assert.equal((await keysNow()).key_ids.length, 1)
      await keep(
        await createSealing(localKeys([randomBytes(32)])).seal('a secret', {
          table: 'kinds',
          id: '1',
          column: 'words',
        }),
      )
      await assert.rejects(keysNow(), /the master key is not the one/)
    } finally {
      await target.close()
    }
  })

  it('replaces what is there, and leaves it untouched when the load fails', async () => {
    const before = await contents(source.database)
    const lines = gunzipSync(await readFile(path))
      .toString()
      .split('\n')
    const header = lines[0]?.replace('"columns":["id","parent"]', '"columns":["id","stranger"]') ?? ''
    const odd = join(given.folder, 'odd.mandate')
    await writeFile(odd, await resealed([header, ...lines.slice(1, -2)]))
    await assert.rejects(loaded(source.database, odd, given, true), refusal(/does not have the columns/))
    assert.deepEqual(await contents(source.database), before)
    await loaded(source.database, path, given, true)
    assert.equal((await contents(source.database)).guarded?.length, 1234)
  })

  it('of an older release gets the migrations that came after it, with its rows in place', async () => {
    const later = await ground('alter table guarded add column twice integer; update guarded set twice = n * 2;')
    const target = await testDatabase({ kind })
    try {
      await loaded(target.database, path, { ...given, migrations: later.migrations })
      const { rows } = await target.database.connected((connection) =>
        connection.query('select count(*)::int as count from guarded where twice = n * 2'),
      )
      assert.equal(rows[0]?.count, 1234)
      const newer = await archived(target.database, { ...given, migrations: later.migrations })
      await assert.rejects(
        loaded(source.database, newer, given, true),
        refusal(/of a release that this one does not know/),
      )
      await assert.rejects(archived(target.database, given), refusal(/this database is of a release/))
    } finally {
      await target.close()
      await later.remove()
    }
  })

  it('whose rows name others that are not in it is refused', async () => {
    const lines = gunzipSync(await readFile(path))
      .toString()
      .split('\n')
    const less = lines.slice(0, -2).filter((line) => !line.includes('"t":"children"'))
    const torn = join(given.folder, 'torn.mandate')
    await writeFile(torn, await resealed(less))
    const target = await testDatabase({ kind })
    try {
      await assert.rejects(loaded(target.database, torn, given), refusal(/rows of parents in the archive name others/))
      assert.deepEqual((await contents(target.database)).constraints, [])
    } finally {
      await target.close()
    }
  })

  it('that is an export leaves out what it is told to, and keeps the newest position', async () => {
    const leftOut = [
      { table: 'replicas' },
      { table: 'changes', keeping: 'position = (select max(position) from changes)' },
    ]
    const exported = await openArchive(await archived(source.database, given, { kind: 'export', leftOut }))
    assert.equal(exported.end.counts.replicas, 0)
    assert.equal(exported.end.counts.changes, 1)
    assert.equal(exported.end.counts.kinds, 2)
  })

  it('never goes into a database that holds tables of others', async () => {
    const target = await testDatabase({ kind })
    try {
      const { database } = target
      await database.connected((connection) => connection.script('create table users (id text)'))
      await assert.rejects(loaded(database, path, given, true), refusal(/holds tables, but no Mandate/))
      await migrate(database, given.migrations)
      await assert.rejects(
        loaded(database, path, given, true),
        refusal(/tables that this release did not make \(users\)/),
      )
    } finally {
      await target.close()
    }
  })

  it('cut short anywhere, altered anywhere or of another kind is refused', async () => {
    const whole = await readFile(path)
    const at = join(given.folder, 'broken.mandate')
    const judge = async (bytes: Buffer, says: RegExp) => {
      await writeFile(at, bytes)
      await assert.rejects(openArchive(at), refusal(says))
    }
    for (const length of [0, 1, 10, 100, Math.floor(whole.length / 2), whole.length - 9, whole.length - 1])
      await judge(whole.subarray(0, length), /cut short|is empty|not an archive/)
    for (let n = 0; n < 20; n++) {
      const bytes = Buffer.from(whole)
      const place = 10 + Math.floor(((bytes.length - 20) * n) / 20)
      bytes[place] = (bytes[place] ?? 0) ^ 1
      // A bit of what is compressed may make any text of the rest.
      await judge(bytes, /altered|not an archive|cut short|goes on after its end/)
    }
    const lines = gunzipSync(whole).toString().split('\n')
    const without = (at: number) => gzipSync(lines.toSpliced(at, 1).join('\n'))
    for (const line of [1, 5, lines.length - 3]) await judge(without(line), /altered/)
    await judge(without(lines.length - 2), /cut short/)
    await judge(gzipSync(`${lines.slice(0, -1).join('\n')}\n${lines[1]}\n`), /goes on after its end/)
    await judge(gzipSync(lines.join('\n').replace('short', 'shirt')), /altered: its digest/)
    await judge(gzipSync('{"format":"mandate-archive","version":99}\n'), /later release/)
    await judge(gzipSync('{"hello": 1}\n'), /is not an archive/)
    await judge(randomBytes(5000), /is not an archive/)
    await judge(Buffer.from('CREATE TABLE users (id text);'), /is not an archive/)
    await judge(gzipSync(Buffer.alloc(200 * 1024 * 1024, 'x')), /is not an archive/)
    await assert.rejects(openArchive(join(given.folder, 'nowhere')), refusal(/cannot be read \(ENOENT\)/))
    await assert.rejects(openArchive(given.folder), refusal(/cannot be read \(EISDIR\)/))
  })

  it('altered and given a new digest by someone without the master key is refused', async () => {
    const lines = gunzipSync(await readFile(path))
      .toString()
      .split('\n')
      .slice(0, -2)
    const forged = join(given.folder, 'forged.mandate')
    await writeFile(forged, await resealed(lines.map((line) => line.replace('"g7"', '"mine"'))))
    const archive = await openArchive(forged)
    await assert.rejects(mustOpen(archive, given.master, given.sealing), refusal(/altered after it was made/))
    await mustOpen(await openArchive(path), given.master, given.sealing)
  })

  it('needs every master key that it was sealed under', async () => {
    const archive = await openArchive(path)
    const keys = [randomBytes(32)]
    const other = createSealing(localKeys(keys))
    await assert.rejects(mustOpen(archive, { keys, source: 'variable' }, other), /sealed under another master key/)
    const rotated = { ...archive.header, master_key: { ...archive.header.master_key, key_ids: ['0123456789abcdef'] } }
    await assert.rejects(mustOpen({ ...archive, header: rotated }, given.master, given.sealing), /another master key/)
  })

  it('is a file that only its owner reads, never replaces another, and leaves nothing when it fails', async () => {
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    const bytes = await readFile(path)
    await assert.rejects(writeArchive(path, lines('x')), refusal(/is there already/))
    assert.deepEqual(await readFile(path), bytes)
    const failed = join(given.folder, 'failed.mandate')
    await assert.rejects(writeArchive(failed, failing()), /the database went away/)
    await assert.rejects(writeArchive(failed, lines('x'), AbortSignal.abort()), /abort/i)
    const left = await readdir(given.folder)
    assert.deepEqual(
      left.filter((name) => /failed|partial/.test(name)),
      [],
    )
    await assert.rejects(
      writeArchive(join(given.folder, 'no', 'where'), lines('x')),
      refusal(/cannot be written \(ENOENT\)/),
    )
  })
})

async function* lines(...all: string[]) {
  yield* all
}

async function* failing() {
  yield 'x'.repeat(100_000)
  throw new Error('the database went away')
}

/** The lines as an archive with the digest they now have, sealed under a key of somebody else. */
async function resealed(lines: readonly string[]): Promise<Buffer> {
  const { createHash } = await import('node:crypto')
  const { sealPlace, trailerLine } = await import('./format.ts')
  const text = `${lines.join('\n')}\n`
  const counts: Record<string, number> = {}
  const { tables, created_at } = JSON.parse(lines[0] ?? '')
  for (const { name } of tables) counts[name] = lines.filter((line) => line.startsWith(`{"t":"${name}"`)).length
  const sha256 = createHash('sha256').update(text).digest('hex')
  const seal = await createSealing(localKeys([randomBytes(32)])).seal(sha256, sealPlace({ created_at }))
  return gzipSync(text + trailerLine({ counts, sha256, seal }))
}
