// The signed states of the log, and the key to check them with.
import { CheckpointQuery, Checkpoints } from '@mandate/contract'
import { z } from 'zod'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { listCheckpoints, newestCheckpoint } from '../store.ts'

// Public and asked for by everyone who watches the log: were it recorded as a read, watching would make the log grow.
export const readCheckpoint = operation({
  id: 'audit.checkpoint',
  summary: 'Read the newest signed checkpoint of the audit log.',
  audit: 'question',
  input: z.strictObject({}),
  output: z.string(),
  asks: () => [],
  async run({ tx }) {
    const newest = await newestCheckpoint(tx)
    if (!newest) throw new Problem('unavailable', { detail: 'The log has no checkpoint yet; try again in a second.' })
    return newest.note
  },
})

export const readVerifierKey = (verifierKey: string) =>
  operation({
    id: 'audit.verifier-key',
    summary: 'Read the key that checkpoints of the audit log are verified with.',
    audit: 'question',
    input: z.strictObject({}),
    output: z.string(),
    asks: () => [],
    reach: () => `${verifierKey}\n`,
  })

export const readCheckpoints = operation({
  id: 'audit.list-checkpoints',
  summary: 'List every checkpoint of the audit log, smallest first.',
  audit: 'read',
  input: CheckpointQuery,
  output: Checkpoints,
  asks: () => [{ action: 'read', resource: 'audit' }],
  async run({ tx }, { limit, cursor }) {
    const rows = await listCheckpoints(tx, { after: cursor === undefined ? -1 : Number(cursor), limit })
    const items = rows.slice(0, limit).map(({ size, at, epoch, note }) => ({ size, at: at.toISOString(), epoch, note }))
    return { items, next_cursor: rows.length > limit ? String(items.at(-1)?.size) : null }
  },
})
