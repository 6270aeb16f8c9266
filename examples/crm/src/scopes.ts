// What an application can be allowed to do here, in the words of the consent page.
export const SCOPES: Readonly<Record<string, string>> = {
  'contacts.read': 'read your contacts, with their cases and notes',
  'notes.write': 'add notes to your contacts',
}

const DEFAULT_SCOPE = 'contacts.read'

/** The scopes named, each once; undefined when one of them is not among `known`. */
export function scopesIn(text = DEFAULT_SCOPE, known: readonly string[] = Object.keys(SCOPES)): string[] | undefined {
  const scopes = [...new Set(text.split(' '))]
  return scopes.every((scope) => known.includes(scope)) ? scopes : undefined
}
