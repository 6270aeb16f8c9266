// The log's key: one for all, and nothing without the master key.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { parseVerifierKey } from '@mandate/contract/log'
import { sql } from 'kysely'
import type { Database } from '../platform/database/index.ts'
import { createSealing, localKeys, SealBroken } from '../platform/sealing/index.ts'
import { loadLogKey, verifierKeyOf } from './log-key.ts'
import { testDatabases } from './testing.ts'

const sealing = createSealing(localKeys([randomBytes(32)]))
const origin = 'id.example.com/audit/log'

for (const { name, open } of testDatabases())
  describe(`the log's key on ${name}`, () => {
    let database: Database
    before(async () => {
      database = await open()
    })
    after(() => database.close())

    it('is one key for all replicas that start together, and the same ever after', async () => {
      const signers = await Promise.all(Array.from({ length: 8 }, () => loadLogKey({ database, sealing, origin })))
      signers.push(await loadLogKey({ database, sealing, origin }))
      assert.equal(new Set(signers.map(verifierKeyOf)).size, 1)
      const [signer] = signers
      assert.ok(signer)
      assert.equal(parseVerifierKey(verifierKeyOf(signer))?.name, origin)
    })

    it('is useless to who holds the database without the master key', async () => {
      const { privateKey } = await loadLogKey({ database, sealing, origin })
      const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url')
      const { rows } = await database.transaction((tx) =>
        sql<{ sealed: string }>`select * from audit_keys`.execute(tx.sql()),
      )
      assert.equal(rows.length, 1)
      for (const part of rows[0]?.sealed.split('.') ?? [])
        assert.ok(!Buffer.from(part, 'base64url').includes(seed) && !part.includes(seed.toString('hex')))
      const stranger = createSealing(localKeys([randomBytes(32)]))
      await assert.rejects(loadLogKey({ database, sealing: stranger, origin }), SealBroken)
    })
  })
