// What just happened, or why it did not; said aloud by screen readers.
import { type Html, html } from '../html.ts'

export const refused = (sentence: string | undefined): Html | undefined =>
  sentence === undefined ? undefined : html`<p class="notice" role="alert">${sentence}</p>`

export const done = (sentence: string | undefined): Html | undefined =>
  sentence === undefined ? undefined : html`<p class="notice good" role="status">${sentence}</p>`
