// Grants on PostgreSQL, with a pool: syncs that race, a process that dies in the middle, and row-level security by role.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { passages } from '@mandate/example-knowledge/passages.ts'
import {
  createGrants,
  type GrantsDatabase,
  grantsCondition,
  inPool,
  principal,
  rowSecurity,
  setReaders,
  syncGrants,
} from '@mandate/sdk'
import pg from 'pg'
import { eachHouse } from '../testing/house.ts'
import { type FreshDatabase, freshDatabase, postgresServer } from '../testing/postgres.ts'
import { type Acme, openAcme } from './testing/acme.ts'
import { maySee } from './testing/model.ts'

const FOLLOW = { type: 'document', relation: 'viewer' }

eachHouse(
  'grants on PostgreSQL',
  (house) => {
    let acme: Acme
    let fresh: FreshDatabase
    let pool: pg.Pool
    let database: GrantsDatabase
    const sync = (on = database) => syncGrants({ engine: acme.engine, database: on, follow: [FOLLOW] })
    before(async () => {
      acme = await openAcme(house)
      fresh = await freshDatabase(postgresServer() ?? '')
      pool = new pg.Pool({ connectionString: fresh.url, max: 10 })
      database = inPool(pool)
      await createGrants(database)
      await pool.query('create table passages (id text primary key, document text not null)')
      for (const { id, document } of passages())
        await pool.query('insert into passages values ($1, $2)', [id, document])
    })
    after(async () => {
      await acme.close()
      await pool.end()
      await fresh.drop()
    })

    async function documents(of: `usr_${string}`): Promise<string[]> {
      const asked = { ...FOLLOW, principal: principal({ user: of }), column: 'document', maxAgeSeconds: 60 }
      const { text, values } = await grantsCondition(acme.engine, asked)
      return (await pool.query(`select distinct document from passages where ${text}`, values)).rows.map(
        ({ document }) => document,
      )
    }

    test('of many that sync at once each stores whole or not at all', async () => {
      const first = await Promise.all(Array.from({ length: 6 }, () => sync()))
      assert.equal(first.filter(({ stored }) => stored).length, 1)
      const rep = { user: `user:${acme.rosa.id}`, relation: 'rep', object: 'territory:apac' }
      await acme.write({ writes: [rep] })
      await Promise.all([sync(), sync(), sync()])
      assert.equal((await documents(acme.rosa.id)).length, 18)
      await acme.write({ deletes: [rep] })
      await Promise.all([sync(), sync(), sync()])
      assert.equal((await documents(acme.rosa.id)).length, 12)
    })

    test('a sync that dies before its end changes nothing, and the next one makes up for it', async () => {
      const rep = { user: `user:${acme.rosa.id}`, relation: 'rep', object: 'territory:emea' }
      await acme.write({ deletes: [rep] })
      const dying: GrantsDatabase = {
        transaction: (work) =>
          database.transaction((query) =>
            work((text, values) =>
              text.startsWith('insert into mandate_grants (') ? Promise.reject(new Error('died')) : query(text, values),
            ),
          ),
      }
      await assert.rejects(sync(dying), /died/)
      assert.equal((await documents(acme.rosa.id)).length, 12, 'as it was; its age says so')
      assert.deepEqual(await sync(), { stored: true, changes: 1, subjects: 1 })
      assert.equal((await documents(acme.rosa.id)).length, 6)
      await acme.write({ writes: [rep] })
      await sync()
      assert.equal(pool.idleCount, pool.totalCount, 'no connection is kept')
    })

    test('a role sees by row-level security what its readers may see, in each transaction anew', async () => {
      for (const statement of rowSecurity({ ...FOLLOW, table: 'passages', column: 'document', maxAgeSeconds: 60 }))
        await pool.query(statement)
      const role = `search_${fresh.url.split('_').at(-1)}`
      await pool.query(`create role ${role}`)
      await pool.query(`grant select on all tables in schema public to ${role}`)
      const shown = (readers: `usr_${string}`[]) =>
        database.transaction(async (query) => {
          await query(`set local role ${role}`)
          const [user, ...others] = readers
          if (user !== undefined) {
            const audience = others.map((other) => principal({ user: other }))
            const asked = { principal: principal({ user }), ...(audience.length > 0 && { audience }) }
            const { text, values } = await setReaders(acme.engine, asked)
            await query(text, values)
          }
          return (await query('select document from passages')).rows.map(({ document }) => String(document))
        })
      const rosas = await shown([acme.rosa.id])
      assert.ok(rosas.length > 0 && rosas.every((document) => maySee(document, { territory: 'emea' })))
      const both = await shown([acme.erin.id, acme.rosa.id, acme.ravi.id])
      assert.ok(both.length > 0 && both.every((document) => document.startsWith('list-')))
      assert.deepEqual(await shown([]), [])
      await pool.query(`drop owned by ${role}`)
      await pool.query(`drop role ${role}`)
    })
  },
  { shop: false },
)
