// Text of others with nothing hidden in it: what a reader would not see, or what would reorder the line, is spelled out.
import { Html, html } from '../html.ts'

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
/** Of these, line breaks and tabs are layout where there is room for it. */
const HIDDEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const codeOf = (char: string): string => `U+${char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`

/** Control, direction and invisible characters become marks such as U+202E; line breaks and tabs stay. */
export function visibleText(text: string): Html {
  // In one pass over what is escaped already: a megabyte of such characters must not hold up everybody's pages.
  const marks = new Map<string, string>()
  const marked = (char: string): string => {
    const mark = marks.get(char) ?? html`<mark>${codeOf(char)}</mark>`.text
    marks.set(char, mark)
    return mark
  }
  return new Html(html`${text}`.text.replaceAll(HIDDEN, marked))
}

/** As `visibleText`, where there can be no markup: titles and labels. */
export const visibleWords = (text: string): string => text.replaceAll(UNSEEN, (char) => ` ${codeOf(char)} `)
