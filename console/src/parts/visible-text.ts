// Text of others with nothing hidden in it: what a reader would not see, or what would reorder the line, is spelled out.
import { type Html, html } from '../html.ts'

const UNSEEN = /([\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}])/gu
const LAYOUT = new Set(['\n', '\t'])

const codeOf = (char: string): string => `U+${char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`

/** Control, direction and invisible characters become marks such as U+202E; line breaks and tabs stay. */
export const visibleText = (text: string): Html =>
  // Split at a group that is kept: every second part is a character that is not seen.
  html`${text.split(UNSEEN).map((part, n) => (n % 2 === 1 && !LAYOUT.has(part) ? html`<mark>${codeOf(part)}</mark>` : html`${part}`))}`

/** As `visibleText`, where there can be no markup: titles and labels. */
export const visibleWords = (text: string): string => text.replaceAll(UNSEEN, (char) => ` ${codeOf(char)} `)
