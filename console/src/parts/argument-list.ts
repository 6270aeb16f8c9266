// Every argument of an act, exactly as it will be sent: nothing cut, nothing hidden, long values scroll.
import { type Html, html } from '../html.ts'
import { visibleText } from './visible-text.ts'

/** Values that scroll can be reached and read by keyboard. */
const SCROLLS = 200

export function argumentList(given: unknown): Html {
  if (given === null || given === undefined) return html`<p class="soft">Nothing is sent along.</p>`
  if (typeof given !== 'object' || Array.isArray(given)) return html`<dl class="values">${pair('(value)', given)}</dl>`
  const pairs = Object.entries(given)
  if (pairs.length === 0) return html`<p class="soft">Nothing is sent along.</p>`
  return html`<dl class="values">${pairs.map(([name, value]) => pair(name, value))}</dl>`
}

const pair = (name: string, value: unknown): Html => html`<dt>${visibleText(name)}</dt><dd>${shown(name, value)}</dd>`

function shown(name: string, value: unknown): Html {
  if (value === '') return html`<span class="soft">(empty text)</span>`
  if (typeof value === 'string') {
    const scrolls = value.length > SCROLLS || value.includes('\n')
    const reach = scrolls && html` tabindex="0" role="region" aria-label="Value of ${name}"`
    return html`<div class="value" dir="auto"${reach}>${visibleText(value)}</div>`
  }
  const text = JSON.stringify(value, null, 2) ?? 'null'
  const reach = text.includes('\n') && html` tabindex="0" role="region" aria-label="Value of ${name}"`
  return html`<pre class="value"${reach}>${visibleText(text)}</pre>`
}
