// The result of an MCP tool as its caller may see it: structured content filtered, its copies in text made anew.
import type { Place } from './declared.ts'
import { type Filtered, filterRecords, isObject } from './filter.ts'
import type { Sight } from './sight.ts'

export interface Judged {
  result: Record<string, unknown>
  records: number
  withheld: number
}

const fixed = (text: string) => ({ content: [{ type: 'text', text }], isError: true })
/** One answer for a record that is missing, and for one that may not be seen: neither text nor shape tells which. */
export const NOT_FOUND = fixed('Not found.')
/** For a call about records that may be seen: what the upstream said of it may still name others. */
export const REFUSED = fixed('The system behind the connection refused this call.')
const WITHHELD = fixed('The result was withheld: it does not have the shape that was declared for it.')

export function judgeToolResult(result: unknown, declared: Place, sight: Sight): Judged {
  if (!isObject(result)) return { result: WITHHELD, records: 0, withheld: 0 }
  if (result.isError === true) return { result: NOT_FOUND, records: 0, withheld: 0 }
  return result.structuredContent === undefined
    ? judgeTexts(result.content, declared, sight)
    : judgeStructured(result.structuredContent, declared, sight)
}

// Whatever else the result says (`_meta`, images, prose) could be a copy of what is taken out: none of it is kept.
function judgeStructured(value: unknown, declared: Place, sight: Sight): Judged {
  const filtered = filterRecords(value, declared, sight)
  if (filtered.outcome !== 'kept') return without(filtered)
  const { value: structuredContent, records, withheld } = filtered
  return { result: { content: [textOf(structuredContent)], structuredContent }, records, withheld }
}

function judgeTexts(content: unknown, declared: Place, sight: Sight): Judged {
  const values = (Array.isArray(content) ? content : []).flatMap((item) => {
    const value = isObject(item) && item.type === 'text' ? jsonOf(item.text) : undefined
    return value === undefined ? [] : [value]
  })
  const filtered = values.map((value) => filterRecords(value, declared, sight))
  const mismatch = filtered.find(({ outcome }) => outcome === 'mismatched')
  if (filtered.length === 0 || mismatch) return without({ outcome: 'mismatched' })
  const kept = filtered.filter((each) => each.outcome === 'kept')
  const withheld = filtered.reduce((sum, each) => sum + ('withheld' in each ? each.withheld : 0), 0)
  if (kept.length === 0) return { result: NOT_FOUND, records: 0, withheld }
  const records = kept.reduce((sum, each) => sum + each.records, 0)
  return { result: { content: kept.map(({ value }) => textOf(value)) }, records, withheld }
}

const without = (filtered: Exclude<Filtered, { outcome: 'kept' }>): Judged =>
  filtered.outcome === 'removed'
    ? { result: NOT_FOUND, records: 0, withheld: filtered.withheld }
    : { result: WITHHELD, records: 0, withheld: 0 }

const textOf = (value: unknown) => ({ type: 'text', text: JSON.stringify(value) })

function jsonOf(text: unknown): unknown {
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
