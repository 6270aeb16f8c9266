// Grants kept beside the documents: the database filters by itself, in a query, in Kysely, and by row-level security.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { embed } from '@mandate/example-knowledge/embedding.ts'
import {
  createGrants,
  engine,
  type GrantsDatabase,
  grantsCondition,
  idCondition,
  inPglite,
  nearest,
  type Principal,
  principal,
  rowSecurity,
  setReaders,
  syncGrants,
} from '@mandate/sdk'
import { expression } from '@mandate/sdk/kysely'
import { Kysely, PGliteDialect } from 'kysely'
import { eachHouse } from '../testing/house.ts'
import { type Acme, openAcme } from './testing/acme.ts'
import { MODEL, maySee } from './testing/model.ts'

const FOLLOW = { type: 'document', relation: 'viewer' }
const ASKED = { ...FOLLOW, column: 'passages.document', maxAgeSeconds: 60 }
const QUESTION = 'Acme Corp pricing, executive discount'

eachHouse(
  'grants beside the documents',
  (house) => {
    let acme: Acme
    let database: GrantsDatabase
    let rosa: Principal
    let erin: Principal
    const sync = (also: Principal[] = []) => syncGrants({ engine: acme.engine, database, follow: [FOLLOW], also })
    before(async () => {
      acme = await openAcme(house)
      database = inPglite(acme.index.database)
      rosa = principal({ user: acme.rosa.id })
      erin = principal({ user: acme.erin.id })
      await createGrants(database)
    })
    after(() => acme.close())

    /** Documents that the condition lets through. */
    async function documents(
      readBy: { principal: Principal; audience?: Principal[] },
      more: Partial<typeof ASKED> = {},
    ) {
      const { text, values } = await grantsCondition(acme.engine, { ...ASKED, ...more, ...readBy })
      const { rows } = await acme.index.database.query<{ document: string }>(
        `select distinct document from passages where ${text} order by document`,
        values,
      )
      return rows.map(({ document }) => document)
    }

    test('before anything was synced nothing is let through', async () => {
      assert.deepEqual(await documents({ principal: erin }), [])
    })

    test('a query lets through what its readers may see, nearest first', async () => {
      const { stored, subjects } = await sync()
      assert.deepEqual([stored, subjects], [true, 3])
      const own = await documents({ principal: rosa })
      assert.ok(own.length === 12 && own.every((one) => maySee(one, { territory: 'emea' })), own.join())
      assert.equal((await documents({ principal: erin })).length, 30)
      assert.deepEqual(await documents({ principal: erin, audience: [rosa] }), own)
      assert.deepEqual(await documents({ principal: erin, audience: [principal({ user: 'usr_nobody' })] }), [])

      const where = await grantsCondition(acme.engine, { ...ASKED, principal: rosa })
      const columns = ['document', 'text']
      const asked = { table: 'passages', columns, embedding: 'embedding', vector: embed(QUESTION), where, limit: 5 }
      const { text, values } = nearest(asked)
      const { rows } = await acme.index.database.query<{ document: string }>(text, values)
      const ranked = await acme.index.search(QUESTION, { offset: 0, limit: 200 })
      const expected = ranked.filter(({ document }) => own.includes(document)).slice(0, 5)
      assert.deepEqual(
        rows.map(({ document }) => document),
        expected.map(({ document }) => document),
      )
      const few = nearest({ ...asked, where: idCondition({ ids: [], column: 'document' }) })
      assert.deepEqual((await acme.index.database.query(few.text, few.values)).rows, [])
    })

    test('Kysely takes it as an expression', async () => {
      const kysely = new Kysely<{ passages: { id: string; document: string } }>({
        dialect: new PGliteDialect({ pglite: acme.index.database }),
      })
      const condition = expression(await grantsCondition(acme.engine, { ...ASKED, principal: rosa }))
      const rows = await kysely
        .selectFrom('passages')
        .select('document')
        .distinct()
        .where('id', '!=', 'none')
        .where(condition)
        .execute()
      assert.deepEqual(rows.map(({ document }) => document).sort(), await documents({ principal: rosa }))
    })

    test('changes are followed: one person’s touch that person alone, a group’s touch everybody', async () => {
      const rep = { user: `user:${rosa.user}`, relation: 'rep', object: 'territory:emea' }
      await acme.write({ deletes: [rep] })
      assert.deepEqual(await sync(), { stored: true, changes: 1, subjects: 1 })
      assert.equal((await documents({ principal: rosa })).length, 6)
      await acme.write({ writes: [rep] })
      await sync()
      assert.equal((await documents({ principal: rosa })).length, 12)
      const open = { user: 'team:sales#member', relation: 'reader', object: 'document:executive-anvil' }
      await acme.write({ writes: [open] })
      assert.deepEqual(await sync(), { stored: true, changes: 1, subjects: 3 })
      assert.ok((await documents({ principal: rosa })).includes('executive-anvil'))
      await acme.write({ deletes: [open] })
      await sync()
      assert.ok(!(await documents({ principal: rosa })).includes('executive-anvil'))
      assert.deepEqual(await sync(), { stored: true, changes: 0, subjects: 0 })
    })

    test('grants that are too old let nothing through', async () => {
      assert.ok((await documents({ principal: erin })).length > 0)
      await acme.index.database.query("update mandate_grants_state set synced_at = now() - interval '61 seconds'")
      assert.deepEqual(await documents({ principal: erin }), [])
      assert.ok((await documents({ principal: erin }, { maxAgeSeconds: 120 })).length > 0)
      await sync()
      assert.ok((await documents({ principal: erin })).length > 0)
    })

    test('nor do they in a transaction that is held open while they become too old', async () => {
      const { text, values } = await grantsCondition(acme.engine, { ...ASKED, principal: erin })
      const shown = await acme.index.database.transaction(async (tx) => {
        // In the database's own time: too old a moment after this transaction began.
        await tx.query("update mandate_grants_state set synced_at = now() - interval '60 s' + interval '1 microsecond'")
        return (await tx.query(`select document from passages where ${text}`, values)).rows.length
      })
      assert.equal(shown, 0)
      await sync()
    })

    test('of two that store at once one does, and an engine that fails leaves everything as it was', async () => {
      const both = await Promise.all([sync(), sync()])
      assert.equal(both.filter(({ stored }) => stored).length, 1)
      const before = await documents({ principal: erin })
      const failing = { ...acme.engine, listObjects: () => Promise.reject(new Error('away')) }
      const extra = [principal({ user: 'usr_new' })]
      const given = { engine: failing, database, follow: [FOLLOW], also: extra }
      await assert.rejects(syncGrants(given), /away/)
      await assert.rejects(syncGrants({ ...given, engine: { ...acme.engine, store: 'another' } }), { code: 'invalid' })
      assert.deepEqual(await documents({ principal: erin }), before)
    })

    test('a new model makes everything be listed anew', async () => {
      await acme.fga.must('POST', `/fga/stores/${acme.store}/authorization-models`, MODEL)
      assert.deepEqual(await sync(), { stored: true, changes: 0, subjects: 3 })
      assert.equal((await documents({ principal: rosa })).length, 12)
    })

    test('an engine that asks under an older model is followed under that model', async () => {
      const { authorization_models: models } = await acme.fga.must(
        'GET',
        `/fga/stores/${acme.store}/authorization-models`,
      )
      const pinned = engine({ ...acme.asked, model: models.at(-1).id })
      assert.equal((await pinned.modelAsked()).id, models.at(-1).id)
      assert.equal((await acme.engine.modelAsked()).id, models[0].id)
      assert.equal((await syncGrants({ engine: pinned, database, follow: [FOLLOW] })).subjects, 3)
      assert.equal((await syncGrants({ engine: pinned, database, follow: [FOLLOW] })).subjects, 0)
      await sync()
    })

    test('row-level security shows a role only what the readers it is told may see', async () => {
      const { database: pg } = acme.index
      await pg.exec('create role search; grant select on all tables in schema public to search')
      for (const statement of rowSecurity({ table: 'passages', ...ASKED, column: 'document' })) await pg.exec(statement)
      const shown = async (readBy?: { principal: Principal; audience?: Principal[] }, setting?: string) => {
        const set = readBy && (await setReaders(acme.engine, readBy))
        return pg.transaction(async (tx) => {
          await tx.query('set local role search')
          if (set) await tx.query(set.text, set.values)
          if (setting !== undefined) await tx.query("select set_config('mandate.readers', $1, true)", [setting])
          const { rows } = await tx.query<{ document: string }>('select distinct document from passages order by 1')
          return rows.map(({ document }) => document)
        })
      }
      assert.deepEqual(await shown(), [])
      assert.deepEqual(await shown({ principal: rosa }), await documents({ principal: rosa }))
      assert.deepEqual(await shown({ principal: erin, audience: [rosa] }), await documents({ principal: rosa }))
      for (const setting of ['', '[]', '["user:usr_nobody"]', '["user:*"]', '[null]'])
        assert.deepEqual(await shown(undefined, setting), [], setting)
      for (const setting of ['not json', '{}', '"user"']) await assert.rejects(shown(undefined, setting), setting)
      assert.deepEqual(await shown(), [], 'a setting does not outlive its transaction')
      await pg.query("update mandate_grants_state set synced_at = now() - interval '61 seconds'")
      assert.deepEqual(await shown({ principal: erin }), [])
    })
  },
  { shop: false },
)
