// Where a house can live: on the database it brings along and, where TEST_DATABASE_URL names a server, on PostgreSQL.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Config } from '@mandate/server/config.ts'
import { appendChanges } from '@mandate/server/platform/changes/log.ts'
import { openDatabase } from '@mandate/server/platform/database/index.ts'
import { ownCluster } from './cluster.ts'

export interface Place {
  name: 'embedded' | 'PostgreSQL'
  /** Settings of a house that lives there. */
  settings: Partial<Config>
  remove(): Promise<void>
}

/** A fresh database on each; `remove` drops it. */
export async function places(): Promise<Place[]> {
  const embedded: Place = { name: 'embedded', settings: {}, remove: async () => {} }
  const server = process.env.TEST_DATABASE_URL
  return server === undefined || server === '' ? [embedded] : [embedded, await onServer(server)]
}

/** One on PostgreSQL in any case: TEST_DATABASE_URL or a cluster of its own. Undefined where it is not installed. */
export async function sharedPlace(): Promise<Place | undefined> {
  const server = process.env.TEST_DATABASE_URL
  if (server !== undefined && server !== '') return onServer(server)
  const cluster = await ownCluster()
  if (!cluster) return undefined
  return { ...(await onServer(cluster.url)), remove: () => cluster.stop() }
}

async function onServer(server: string): Promise<Place> {
  const name = `mandate_bench_${randomBytes(6).toString('hex')}`
  const url = new URL(server)
  url.pathname = `/${name}`
  await statement(server, `create database ${name}`)
  return {
    name: 'PostgreSQL',
    settings: { database_url: url.href, master_key: randomBytes(32).toString('base64') },
    remove: () => statement(server, `drop database ${name} with (force)`),
  }
}

async function statement(url: string, text: string): Promise<void> {
  const database = await openDatabase({ url, append: appendChanges, onError: () => {} })
  await database.connected((connection) => connection.query(text)).finally(() => database.close())
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}
