// Text of others with nothing hidden in it: what a reader would not see, or what would reorder the line, is spelled out.
import { type Html, html } from '../html.ts'

const UNSEEN = /([\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}])/u
const LAYOUT = new Set(['\n', '\t'])

/** Control, direction and invisible characters become marks such as U+202E; line breaks and tabs stay. */
export function visibleText(text: string): Html {
  const parts = text.split(new RegExp(UNSEEN, 'gu')).map((part) => {
    if (part.length === 0 || LAYOUT.has(part) || !UNSEEN.test(part)) return html`${part}`
    const code = part.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')
    return html`<mark>U+${code}</mark>`
  })
  return html`${parts}`
}
