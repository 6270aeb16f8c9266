// The embedded database: PGlite in a worker thread, one connection that callers take in turns.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Connection, Database, QueryResult } from './database.ts'
import type { WorkerReply, WorkerRequest } from './pglite-worker.ts'
import {
  type Acquire,
  type AppendChanges,
  insideTransaction,
  inTransaction,
  outsideTransaction,
} from './transactions.ts'
import { turns } from './turns.ts'

type Unsent = WorkerRequest extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never

export interface PgliteOptions {
  /** Folder of the database; in memory without one. The caller holds the folder's lock (folder-lock.ts). */
  dataDir?: string
  /** A tar file of a data folder that a new database begins as, instead of an empty one. */
  image?: Uint8Array
  append: AppendChanges
}

export async function openPglite(options: PgliteOptions): Promise<Database> {
  const worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), {
    workerData: { dataDir: options.dataDir, image: options.image },
  })
  const waiting = new Map<number, { resolve: (result: QueryResult) => void; reject: (error: Error) => void }>()
  const listeners = new Map<string, Set<() => void>>()
  let lastId = 0
  let ended: Error | undefined

  const end = (error: Error) => {
    ended ??= error
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  worker.on('message', (reply: WorkerReply) => {
    if ('notified' in reply) {
      for (const listener of listeners.get(reply.notified) ?? []) listener()
      return
    }
    const call = waiting.get(reply.id)
    waiting.delete(reply.id)
    if ('error' in reply) call?.reject(Object.assign(new Error(reply.error.message), reply.error))
    else call?.resolve({ rows: withBuffers(reply.rows, reply.binary), affected: reply.affected })
  })
  worker.on('error', end)
  worker.on('exit', () => end(new Error('the embedded database has stopped')))

  const send = (request: Unsent): Promise<QueryResult> => {
    if (ended) return Promise.reject(ended)
    const id = ++lastId
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      worker.postMessage({ ...request, id })
    })
  }
  const started = new Promise<QueryResult>((resolve, reject) => waiting.set(0, { resolve, reject }))
  await started

  const connection: Connection = {
    query: (text, values = []) => send({ kind: 'query', text, values: values.map(plain) }),
    script: async (text) => (await send({ kind: 'script', text })).rows,
  }
  await connection.query(`set timezone to 'UTC'`)
  const inTurn = turns()
  const acquire: Acquire = (work) => inTurn.last(() => work(connection))
  const ahead: Acquire = (work) => inTurn.next(() => work(connection))
  return {
    kind: 'embedded',
    transaction: (work) => inTransaction(acquire, options.append, 'read committed', work),
    snapshot: (work) => inTransaction(acquire, options.append, 'repeatable read, read only', work),
    connected: outsideTransaction(acquire),
    heartbeat: outsideTransaction(ahead),
    insideTransaction,
    async listen(channel, listener) {
      const known = listeners.get(channel)
      if (known) return void known.add(listener)
      listeners.set(channel, new Set([listener]))
      await inTurn.last(() => send({ kind: 'listen', channel }))
    },
    async close() {
      await inTurn.last(() => send({ kind: 'close' }))
      const exited = once(worker, 'exit')
      await worker.terminate()
      await exited
    },
  }
}

// As `pg` gives bytes.
function withBuffers(rows: Record<string, unknown>[], binary: readonly string[]): Record<string, unknown>[] {
  for (const column of binary)
    for (const row of rows) {
      const bytes = row[column]
      if (bytes instanceof Uint8Array) row[column] = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
  return rows
}

// Buffers and dates survive the trip between threads; objects are JSON parameters and travel as text.
function plain(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Date || ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) return value.map(plain)
  return JSON.stringify(value)
}
