// Approvals of a server that is killed, on PostgreSQL.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { freshDatabase, postgresServer } from '../testing/postgres.ts'
import { killedApprovals } from './testing/killing.ts'

killedApprovals('approvals of a server killed on PostgreSQL', async () => {
  const url = postgresServer()
  assert.ok(url, 'this test needs a PostgreSQL server: set TEST_DATABASE_URL to one it may create databases on')
  const database = await freshDatabase(url)
  const settings = { DATABASE_URL: database.url, MANDATE_MASTER_KEY: randomBytes(32).toString('base64') }
  return { settings, drop: database.drop }
})
