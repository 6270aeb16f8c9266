// The thread PGlite runs in, so that WASM work never blocks the event loop that serves requests.
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite, type Results } from '@electric-sql/pglite'

export type WorkerRequest =
  | { id: number; kind: 'query'; text: string; values: readonly unknown[] }
  | { id: number; kind: 'script'; text: string }
  | { id: number; kind: 'listen'; channel: string }
  | { id: number; kind: 'close' }

type Row = Record<string, unknown>

export type WorkerReply =
  | { id: number; rows: Row[]; affected: number; binary: string[] }
  | { id: number; error: Record<string, unknown> & { message: string } }
  | { notified: string }

const port = parentPort
if (!port) throw new Error('pglite-worker runs as a worker thread only')
const { dataDir, image } = workerData as { dataDir?: string; image?: Uint8Array<ArrayBuffer> }
const database = await PGlite.create({
  ...(dataDir !== undefined && { dataDir }),
  ...(image !== undefined && { loadDataDir: new Blob([image]) }),
  parsers: { 20: Number },
})

const answer = (reply: WorkerReply) => port.postMessage(reply)

const BYTEA = 17
const NOTHING = { rows: [], affected: 0, binary: [] }

interface Served {
  rows: Row[]
  affected: number
  /** Columns of bytes: they lose their class on the way between threads. */
  binary: string[]
}

const served = ({ rows, affectedRows = 0, fields }: Results<Row>): Served => ({
  rows,
  affected: affectedRows,
  binary: fields.filter(({ dataTypeID }) => dataTypeID === BYTEA).map(({ name }) => name),
})

async function serve(request: WorkerRequest): Promise<Served> {
  switch (request.kind) {
    case 'query':
      return served(await database.query<Row>(request.text, [...request.values]))
    case 'script': {
      const all = (await database.exec(request.text)).map((result) => served(result as Results<Row>))
      return { rows: all.flatMap(({ rows }) => rows), affected: 0, binary: all.flatMap(({ binary }) => binary) }
    }
    case 'listen':
      await database.listen(request.channel, () => answer({ notified: request.channel }))
      return NOTHING
    case 'close':
      await database.close()
      return NOTHING
  }
}

// One at a time and in order: PGlite is one connection, and the main thread decides whose turn it is.
port.on('message', async (request: WorkerRequest) => {
  try {
    answer({ id: request.id, ...(await serve(request)) })
  } catch (cause) {
    const error = cause as Record<string, unknown> & Error
    const { code, constraint, table, column, detail, severity } = error
    answer({ id: request.id, error: { message: error.message, code, constraint, table, column, detail, severity } })
  }
})
answer({ id: 0, ...NOTHING })
