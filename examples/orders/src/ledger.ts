// What really happened, one JSON line per change, on disk before anyone is told it succeeded.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { z } from 'zod'

const Entry = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('refund'),
    at: z.string(),
    request_id: z.string().nullable(),
    refund_id: z.string(),
    order_id: z.string(),
    amount: z.int().positive(),
    reason: z.string(),
  }),
  z.object({
    kind: z.literal('close'),
    at: z.string(),
    request_id: z.string().nullable(),
    customer_id: z.string(),
  }),
])

export type LedgerEntry = z.infer<typeof Entry>

export interface Ledger {
  /** What earlier runs wrote, oldest first. */
  entries: LedgerEntry[]
  /** Returns only when the line is on disk. */
  append(entry: LedgerEntry): void
  close(): void
}

export function openLedger(file: string): Ledger {
  const entries = readWhole(file)
  const descriptor = openSync(file, 'a', 0o600)
  return {
    entries,
    append(entry) {
      const line = Buffer.from(`${JSON.stringify(entry)}\n`)
      for (let written = 0; written < line.length; ) written += writeSync(descriptor, line, written)
      fsyncSync(descriptor)
    },
    close: () => closeSync(descriptor),
  }
}

function readWhole(file: string): LedgerEntry[] {
  if (!existsSync(file)) return []
  const bytes = readFileSync(file)
  const end = bytes.lastIndexOf(0x0a) + 1
  // A last line without its newline was torn by a crash before its caller got an answer: it never happened.
  if (end < bytes.length) truncateSync(file, end)
  const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1)
  return lines.map((line) => Entry.parse(JSON.parse(line)))
}
