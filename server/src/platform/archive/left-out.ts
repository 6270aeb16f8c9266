// A table, or the rows of one, that an export leaves out.
/** Rows that an export does not hold: all of the table, or all but those that `keeping` selects. */
export interface LeftOut {
  table: string
  keeping?: string
}
