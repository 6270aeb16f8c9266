// What is shown where a page cannot be: why not, and where to go.
import type { Page } from '../frame.ts'
import { html } from '../html.ts'

export const refusalPage = ({ status, sentence }: { status: number; sentence: string }): Page => ({
  status,
  title: 'Not possible',
  narrow: true,
  body: html`<div class="card"><h1>${TITLES[status] ?? 'That did not work'}</h1><p>${sentence}</p>
<p><a class="tile" href="/">Back to the start</a></p></div>`,
})

const TITLES: Readonly<Record<number, string>> = {
  403: 'This is not open to you',
  404: 'Not found',
  409: 'That is not possible now',
  429: 'Slow down a little',
}
