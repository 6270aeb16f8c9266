// How long it takes to open a credential at the moment of use: one unwrap, one decryption, nothing cached in the clear.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { newId } from '@mandate/server/kernel/ids.ts'
import { appendChanges } from '@mandate/server/platform/changes/index.ts'
import { migrate, openDatabase, readMigrations } from '@mandate/server/platform/database/index.ts'
import { createSealing, localKeys } from '@mandate/server/platform/sealing/index.ts'
import { migrationsOf } from '@mandate/server/platform/stored-data.ts'
import { tokenVaultRoom } from '@mandate/server/token-vault/index.ts'
import { credentialKeeping, tokenVault } from '@mandate/server/token-vault/vault.ts'
import { type Contender, interleaved, of, quantile } from '../rounds.ts'
import { held, printTable } from '../table.ts'

const CONNECTIONS = 1_000
const OPENS = 10_000
const BUDGET_P99_MICROSECONDS = 50
const CHANGES = new URL('./migrations/', import.meta.resolve('@mandate/server/platform/changes/index.ts'))

export async function vault(): Promise<void> {
  const database = await openDatabase({ append: appendChanges, onError: () => {} })
  try {
    await migrate(database, readMigrations([{ room: 'changes', folder: CHANGES }, ...migrationsOf([tokenVaultRoom])]))
    const sealing = createSealing(localKeys([randomBytes(32)]))
    const keeping = credentialKeeping(sealing)
    const { open } = tokenVault({ database, sealing })
    const connections = Array.from({ length: CONNECTIONS }, () => newId('connection'))
    for (const [nth, connection] of connections.entries()) {
      const value = `value-${nth}-${'k'.repeat(40)}`
      const sealed = await keeping.seal(connection, { type: 'api_key', header: 'x-api-key', prefix: '', value })
      await database.transaction((tx) => keeping.keep(tx, connection, { sealed, version: 1 }))
    }
    let times: number[] = []
    const opened = async () => {
      const found: number[] = []
      for (let nth = 0; nth < OPENS; nth++) {
        const at = (nth * 7919) % CONNECTIONS
        const connection = connections[at]
        if (!connection) throw new Error('no such connection')
        const startedAt = process.hrtime.bigint()
        const credential = await open({ id: connection, credentialVersion: 1 })
        found.push(Number(process.hrtime.bigint() - startedAt) / 1000)
        assert.ok(credential?.type === 'api_key' && credential.value.startsWith(`value-${at}-`))
      }
      times = found.sort((one, other) => one - other)
    }
    const contender = (name: string, part: number): Contender => ({
      name,
      round: async () => {
        if (name === 'p50') await opened()
        return quantile(times, part)
      },
    })
    const results = await interleaved([contender('p50', 0.5), contender('p99', 0.99), contender('p99.9', 0.999)])
    printTable(
      `Vault: µs to open a credential, ${CONNECTIONS} connections (${OPENS} per round; the first round filled the cache of ciphertexts)`,
      ['quantile', 'median', 'least', 'most', 'budget'],
      [...results].map(([name, { median, least, most }]) => [
        ...[name, median, least, most],
        name === 'p99' ? held(of(results, 'p99').median, { atMost: BUDGET_P99_MICROSECONDS }) : '',
      ]),
    )
  } finally {
    await database.close()
  }
}
