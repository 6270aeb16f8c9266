// A definition list of what is known; what is not known is left out.
import { type Html, html } from '../html.ts'

export type Fact = readonly [term: string, value: string | number | Html | undefined]

export const facts = (list: readonly Fact[]): Html =>
  html`<dl class="facts">${list.flatMap(([term, value]) =>
    value === undefined ? [] : [html`<dt>${term}</dt><dd>${value}</dd>`],
  )}</dl>`
