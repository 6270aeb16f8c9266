// Ids as the names people know them by, where they are known.

/** By id; what is not in it is shown by its id. */
export type Names = ReadonlyMap<string, string>

export const nameOf = (names: Names, id: string): string => names.get(id) ?? id

/** `Ada`, `Ada and Olu`, `Ada, Olu and Dana`. */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? ''
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
