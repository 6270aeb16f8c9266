// Every argument of an act, exactly as it will be sent: nothing cut, nothing hidden; what is long scrolls and says so.
import { type Html, html } from '../html.ts'
import { visibleText, visibleWords } from './visible-text.ts'

/** From here on a value scrolls inside its box. */
const TALL = { characters: 700, lines: 16 }

/** More names than anybody reads one by one, and each costs; such a lot is shown as one JSON text. */
const MOST_NAMES = 300

export function argumentList(given: unknown): Html {
  if (given === null || given === undefined) return html`<p class="soft">Nothing is sent along.</p>`
  if (typeof given !== 'object' || Array.isArray(given)) return html`<dl class="values">${pair('(value)', given)}</dl>`
  const pairs = Object.entries(given)
  if (pairs.length === 0) return html`<p class="soft">Nothing is sent along.</p>`
  if (pairs.length > MOST_NAMES) return html`<dl class="values">${pair('(all values)', given)}</dl>`
  return html`<dl class="values">${pairs.map(([name, value]) => pair(name, value))}</dl>`
}

const pair = (name: string, value: unknown): Html => html`<dt>${visibleText(name)}</dt><dd>${shown(name, value)}</dd>`

function shown(name: string, value: unknown): Html {
  if (value === '') return html`<span class="soft">(empty text)</span>`
  // Texts as they are; what is no text as JSON, so that the two cannot be taken for each other.
  if (typeof value === 'string') return box(name, { text: value, code: false })
  return box(name, { text: JSON.stringify(value, null, 2) ?? 'null', code: true })
}

function box(name: string, { text, code }: { text: string; code: boolean }): Html {
  const lines = text.split('\n').length
  const tall = text.length > TALL.characters || lines > TALL.lines
  // Who has no pointer scrolls by keyboard: such a box can be focused.
  const reach = tall && html` tabindex="0" role="region" aria-label="Value of ${visibleWords(name)}"`
  const value = code
    ? html`<pre class="value${tall && ' tall'}"${reach}>${visibleText(text)}</pre>`
    : html`<div class="value${tall && ' tall'}" dir="auto"${reach}>${visibleText(text)}</div>`
  return tall
    ? html`${value}<span class="soft small">${sizeOf(text, lines)}. Scroll in the box to read all of it.</span>`
    : value
}

const sizeOf = (text: string, lines: number): string =>
  lines === 1 ? `${text.length.toLocaleString('en-GB')} characters` : `${lines.toLocaleString('en-GB')} lines`
