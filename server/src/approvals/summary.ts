// What is sealed of a request for lists: few bytes, whatever the agent put into it, so that a list is quick to open.
import type { Summary } from './model.ts'

const LONGEST_TEXT = 200
const MOST_VALUES = 20
const LONGEST_NAME = 100

/** Declared values that are plain; a long text is cut and says so. All of them are on the request's own page. */
export function summaryOf(context: Readonly<Record<string, unknown>>): Summary {
  const short = Object.entries(context).flatMap(([name, value]): [string, unknown][] => {
    if (name.length > LONGEST_NAME) return []
    if (typeof value === 'number' || typeof value === 'boolean') return [[name, value]]
    return typeof value === 'string' ? [[name, cut(value)]] : []
  })
  return { context: Object.fromEntries(short.slice(0, MOST_VALUES)) }
}

// Whole characters: half of one would be another text.
const cut = (text: string): string =>
  text.length > LONGEST_TEXT ? `${[...text.slice(0, LONGEST_TEXT)].slice(0, -1).join('')}…` : text
