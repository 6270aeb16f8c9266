// The form of an archive: gzip of JSON lines. A header, one line for each row, and a last line that seals them all.
import { z } from 'zod'

const FORMAT = 'mandate-archive'
const VERSION = 1

const name = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/)
const count = z.number().int().min(0)

const Header = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  /** `backup` holds every row; `export` leaves out what is only transient. */
  kind: z.enum(['backup', 'export']),
  product: z.string().max(100),
  created_at: z.iso.datetime(),
  migrations: z.array(z.object({ room: z.string(), name: z.string(), checksum: z.string() })).min(1),
  /** The key that the database says it is sealed with, and the ids of all keys that values are sealed with. */
  master_key: z.object({ fingerprint: z.string(), key_ids: z.array(z.string()) }),
  /** What stood in the audit log. */
  audit: z.object({ size: count, epoch: count }),
  tables: z.array(z.object({ name, columns: z.array(name).min(1) })).min(1),
  /** Where identity columns go on; `last` is text, because numbers here may be beyond 2^53. */
  sequences: z.array(
    z.object({ table: name, column: name, last: z.string().regex(/^-?\d{1,19}$/), called: z.boolean() }),
  ),
})
export type Header = z.infer<typeof Header>
export type ArchiveKind = Header['kind']

const Trailer = z.object({
  end: z.object({ counts: z.record(name, count), sha256: z.string().regex(/^[0-9a-f]{64}$/), seal: z.string() }),
})
export type Trailer = z.infer<typeof Trailer>['end']

/** Where the digest is sealed: only who has the master key can make an archive that this one would take. */
export const sealPlace = ({ created_at }: Pick<Header, 'created_at'>) => ({
  table: 'archive',
  id: created_at,
  column: 'sha256',
})

export const headerLine = (header: Omit<Header, 'format' | 'version'>): string =>
  `${JSON.stringify({ format: FORMAT, version: VERSION, ...header })}\n`

/** `values`: a JSON array of texts and nulls, as the database wrote it. It is never parsed here. */
export const rowLine = (table: string, values: string): string => `{"t":"${table}","r":${values}}\n`

export const trailerLine = (end: Trailer): string => `${JSON.stringify({ end })}\n`

// `s`: to a dot, U+2028 in somebody's text is an end of line; here only \n is.
const ROW = /^\{"t":"([a-z_][a-z0-9_]{0,62})","r":(\[.*\])\}$/s

export type Line = { row: { table: string; values: string } } | { end: Trailer } | undefined

/** What a line after the header says; undefined when it is neither a row nor the end. */
export function readLine(line: string): Line {
  const [, table, values] = ROW.exec(line) ?? []
  if (table !== undefined && values !== undefined) return { row: { table, values } }
  const trailer = Trailer.safeParse(parsed(line))
  return trailer.success ? { end: trailer.data.end } : undefined
}

/** `unknown` for what is no archive at all; `newer` for a form of a later release. */
export function readHeader(line: string): Header | 'unknown' | 'newer' {
  const content = parsed(line)
  const header = Header.safeParse(content)
  if (header.success) return header.data
  const { format, version } = (content ?? {}) as { format?: unknown; version?: unknown }
  return format === FORMAT && typeof version === 'number' && version > VERSION ? 'newer' : 'unknown'
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
