// The room's only SQL.
import type { Transaction } from '../../platform/database/index.ts'

interface NotesTables {
  notes: { user_id: string; sealed: string; written_at: Date }
}

const sql = (tx: Transaction) => tx.sql<NotesTables>()

export const keepNote = (tx: Transaction, note: NotesTables['notes']) =>
  sql(tx)
    .insertInto('notes')
    .values(note)
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(note))
    .execute()

export const findNote = (tx: Transaction, user: string) =>
  sql(tx).selectFrom('notes').select('sealed').where('user_id', '=', user).executeTakeFirst()

/** How many were deleted. */
export async function deleteNotesOf(tx: Transaction, user: string): Promise<number> {
  const { numDeletedRows } = await sql(tx).deleteFrom('notes').where('user_id', '=', user).executeTakeFirst()
  return Number(numDeletedRows)
}

export const deleteNotes = (tx: Transaction, before: Date) =>
  sql(tx).deleteFrom('notes').where('written_at', '<', before).execute()
