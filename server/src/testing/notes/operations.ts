// Keep a note, and read it again.
import { z } from 'zod'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import type { Sealing } from '../../platform/sealing/index.ts'
import { findNote, keepNote } from './store.ts'

const placeOf = (user: string) => ({ table: 'notes', id: user, column: 'sealed' })

export const writeNote = (sealing: Sealing) =>
  operation({
    id: 'notes.write-note',
    summary: 'Keep a note.',
    audit: 'act',
    input: z.strictObject({ text: z.string().max(1000) }),
    output: z.undefined(),
    asks: () => [{ action: 'write', resource: 'notes' }],
    prepare: ({ principal }, { text }) => sealing.seal(text, placeOf(principal.sub)),
    async run({ tx, now, principal, prepared }) {
      await keepNote(tx, { user_id: principal.sub, sealed: prepared, written_at: new Date(now) })
      return undefined
    },
  })

export const readNote = (sealing: Sealing) =>
  operation({
    id: 'notes.read-note',
    summary: 'Read your note.',
    audit: 'read',
    input: z.strictObject({}),
    output: z.strictObject({ text: z.string() }),
    asks: () => [{ action: 'read', resource: 'notes' }],
    async run({ tx, principal }) {
      const note = await findNote(tx, principal.sub)
      if (!note) throw new Problem('not_found')
      return { text: (await sealing.open(note.sealed, placeOf(principal.sub))).toString() }
    },
  })
