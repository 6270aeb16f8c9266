// Where a sealed value lives. It opens there and nowhere else: a value copied to another row or column is dead.

export interface Place {
  table: string
  /** The row's key. */
  id: string
  column: string
}

/**
 * One text per place, and one place per text: every part is led by its length in bytes, so that no choice of names
 * can shift a border (`ab`+`c` is not `a`+`bc`).
 */
export function placeText(purpose: string, { table, id, column }: Place): string {
  let text = ''
  for (const part of [purpose, table, id, column]) {
    // Lone surrogates all become U+FFFD in UTF-8: two different names would be bound as one.
    if (!part.isWellFormed()) throw new TypeError('A place to seal for must be well-formed Unicode.')
    text += `${Buffer.byteLength(part)}:${part}`
  }
  return text
}
