// Reading an archive: once through to see that it is whole, before anything is touched; then again, row by row.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { type Header, readHeader, readLine, type Trailer } from './format.ts'
import { ArchiveRefused } from './refusal.ts'

interface Batch {
  table: string
  rows: string[]
}

export interface Archive {
  header: Header
  end: Trailer
  /** Every row, in batches of one table. Throws ArchiveRefused at the end if the file is not what it was at first. */
  rows(): AsyncGenerator<Batch>
}

const BATCH_ROWS = 200
const BATCH_CHARACTERS = 1_000_000
const LONGEST_LINE = 128 * 1024 * 1024
const NEWLINE = 10

const broken = (path: string, why: string, cause?: unknown) =>
  new ArchiveRefused(`${path} ${why}; nothing was changed. Use another archive`, { cause })

/** Reads the whole file and judges its form, its counts and its digest. */
export async function openArchive(path: string): Promise<Archive> {
  const reading = readThrough(path)
  let step = await reading.next()
  while (!step.done) step = await reading.next()
  const first = step.value
  return {
    ...first,
    async *rows() {
      const again = yield* readThrough(path)
      if (again.end.sha256 !== first.end.sha256) throw broken(path, 'was changed while it was read')
    },
  }
}

async function* readThrough(path: string): AsyncGenerator<Batch, { header: Header; end: Trailer }> {
  const digest = createHash('sha256')
  const counts: Record<string, number> = {}
  let header: Header | undefined
  let end: Trailer | undefined
  let batch: Batch = { table: '', rows: [] }
  let size = 0
  for await (const bytes of linesOf(path)) {
    if (end !== undefined) throw broken(path, 'goes on after its end')
    const text = decoded(bytes, path)
    if (header === undefined) {
      header = judged(readHeader(text), path)
      for (const { name } of header.tables) counts[name] = 0
      digest.update(bytes).update('\n')
      continue
    }
    const line = readLine(text)
    if (line === undefined) throw broken(path, 'was altered: a line of it is no row')
    if ('end' in line) {
      end = line.end
      continue
    }
    digest.update(bytes).update('\n')
    const { table, values } = line.row
    if (!Object.hasOwn(counts, table)) throw broken(path, 'was altered: it holds rows of a table it does not announce')
    counts[table] = (counts[table] ?? 0) + 1
    if (table !== batch.table || batch.rows.length >= BATCH_ROWS || size >= BATCH_CHARACTERS) {
      if (batch.rows.length > 0) yield batch
      batch = { table, rows: [] }
      size = 0
    }
    batch.rows.push(values)
    size += values.length
  }
  if (header === undefined) throw broken(path, 'is empty')
  if (end === undefined) throw broken(path, 'was cut short')
  if (end.sha256 !== digest.digest('hex')) throw broken(path, 'was altered: its digest is not that of its lines')
  const tables = new Set([...Object.keys(counts), ...Object.keys(end.counts)])
  if ([...tables].some((table) => end.counts[table] !== counts[table]))
    throw broken(path, 'was altered: it does not hold as many rows as it says')
  if (batch.rows.length > 0) yield batch
  return { header, end }
}

function judged(header: ReturnType<typeof readHeader>, path: string): Header {
  if (header === 'newer')
    throw new ArchiveRefused(`${path} has the form of a later release; use that release to load it`)
  if (header === 'unknown') throw broken(path, 'is not an archive that mandate made')
  return header
}

function decoded(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw broken(path, 'was altered: it is not text throughout', cause)
  }
}

/** Lines without their newline; the last one must have had its. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let begun: Buffer[] = []
  let length = 0
  for await (const chunk of inflated(path)) {
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, at)])
      begun = []
      length = 0
      from = at + 1
    }
    if (from < chunk.length) begun.push(chunk.subarray(from))
    length += chunk.length - from
    if (length > LONGEST_LINE) throw broken(path, 'is not an archive that mandate made')
  }
  if (begun.length > 0) throw broken(path, 'was cut short')
}

async function* inflated(path: string): AsyncGenerator<Buffer> {
  const source = createReadStream(path)
  const gunzip = createGunzip()
  source.on('error', (error) => gunzip.destroy(error))
  source.pipe(gunzip)
  try {
    for await (const chunk of gunzip) yield chunk
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'Z_BUF_ERROR') throw broken(path, 'was cut short', error)
    if (code?.startsWith('E')) throw new ArchiveRefused(`${path} cannot be read (${code}); give the path of an archive`)
    if (code?.startsWith('Z_')) throw broken(path, 'is not an archive that mandate made, or was altered', error)
    throw error
  } finally {
    source.destroy()
  }
}
