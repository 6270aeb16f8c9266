// A column of sealed values.
/** A column that holds sealed values; rooms say which are theirs. */
export interface SealedColumn {
  table: string
  id: string
  column: string
}
