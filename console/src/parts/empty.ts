// What stands where there is nothing yet: why, and what would make something appear.
import { type Html, html } from '../html.ts'

export const empty = (title: string, text: string | Html): Html =>
  html`<div class="card empty"><h2>${title}</h2><p class="soft">${text}</p></div>`
