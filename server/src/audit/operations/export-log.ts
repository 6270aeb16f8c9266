// The log itself, leaf by leaf, as the bytes that are hashed: what a verifier checks without trusting this server.
import { AuditExportQuery } from '@mandate/contract'
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { listLeaves } from '../store.ts'

export const LogPage = z.object({ lines: z.array(z.string()), next: z.number().int() })
export type LogPage = z.infer<typeof LogPage>

export const exportLog = operation({
  id: 'audit.export-log',
  summary: 'Export log entries in leaf order, one JSON text per line; `x-next-leaf` says where to go on.',
  audit: 'read',
  input: AuditExportQuery,
  output: LogPage,
  asks: () => [{ action: 'read', resource: 'audit' }],
  async run({ tx, note }, { from, limit }) {
    const lines = (await listLeaves(tx, { from, limit })).map(({ entry }) => entry)
    note({ records: lines.length })
    return { lines, next: from + lines.length }
  },
})
