// Notes that people keep, as one value: the example of docs/adding-a-room.md.
import { nothing, type Room } from '../../pipeline/index.ts'
import { readNote, writeNote } from './operations.ts'
import { deleteNotes, deleteNotesOf } from './store.ts'

const KEPT_MS = 365 * 24 * 3_600_000

export const notesRoom: Room<Record<never, never>, undefined> = {
  name: 'notes',
  migrations: new URL('./migrations/', import.meta.url),
  sealed: [{ table: 'notes', id: 'user_id', column: 'sealed' }],
  transient: [],
  restored: nothing,
  open({ sealing }) {
    return {
      door: undefined,
      follows: [],
      routes: () => [
        {
          tag: 'notes',
          base: '/api/v1',
          audience: '/api',
          routes: [
            { method: 'PUT', path: '/note', operation: writeNote(sealing) },
            { method: 'GET', path: '/note', operation: readNote(sealing) },
          ],
        },
      ],
      mount: nothing,
      jobs: [],
      trim: (tx, now) => deleteNotes(tx, new Date(now - KEPT_MS)).then(() => undefined),
      holds: {
        knows: ({ type }) => type === 'user',
        async end(tx, { type, id }) {
          return { ended: [{ system: 'notes', count: type === 'user' ? await deleteNotesOf(tx, id) : 0 }] }
        },
      },
      start: nothing,
      drain: () => undefined,
      cutOff: nothing,
      stop: nothing,
    }
  },
}
