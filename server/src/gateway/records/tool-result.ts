// The result of an MCP tool as its readers may see it: structured content filtered, its copies in text made anew.

import { isObject } from '../../kernel/json-object.ts'
import type { Declared, Place } from './declaration.ts'
import { type Filtered, filterRecords, filterTogether, type Tally } from './filter.ts'
import { MOST_JUDGED, type Sight } from './sight.ts'

export interface Judged extends Tally {
  result: Record<string, unknown>
}

const fixed = (text: string) => ({ content: [{ type: 'text', text }], isError: true })
/** One answer for a record that is missing, and for one that may not be seen: neither text nor shape tells which. */
export const NOT_FOUND = fixed('Not found.')
/** For a call about records that may be seen: what the upstream said of it may still name others. */
export const REFUSED = fixed('The system behind the connection refused this call.')
const WITHHELD = fixed('The result was withheld: it does not have the shape that was declared for it.')
export const OVERSIZED = `The result was withheld: it holds more than ${MOST_JUDGED} records, counted once for each reader.`

export async function judgeToolResult(
  result: unknown,
  { result: declared, content }: Pick<Declared, 'result' | 'content'>,
  sight: Sight,
): Promise<Judged> {
  if (!isObject(result)) return { result: WITHHELD, ...NOTHING }
  if (result.isError === true) return { result: NOT_FOUND, ...NOTHING }
  // Whatever else the result says (`_meta`, images, prose) could be a copy of what is taken out: none of it is kept.
  if (content) return judgeContent(result, { declared, content }, sight)
  if (!declared) return { result: WITHHELD, ...NOTHING }
  return result.structuredContent === undefined
    ? judgeTexts(result.content, declared, sight)
    : judgeStructured(result.structuredContent, declared, sight)
}

/** Each content item is a record, such as a passage of a document; structured content stays where it is declared too. */
async function judgeContent(
  result: Record<string, unknown>,
  { declared, content }: { declared: Place | undefined; content: Place },
  sight: Sight,
): Promise<Judged> {
  const parts = [{ value: result.content, declared: content }]
  if (declared) parts.push({ value: result.structuredContent, declared })
  const [items, beside] = await filterTogether(parts, sight)
  if (items?.outcome !== 'kept') return without(items ?? { outcome: 'mismatched' })
  if (!beside) return { ...tallyOf([items]), result: { content: items.value } }
  if (beside.outcome !== 'kept') return without(beside)
  return { ...tallyOf([items, beside]), result: { content: items.value, structuredContent: beside.value } }
}

async function judgeStructured(value: unknown, declared: Place, sight: Sight): Promise<Judged> {
  const filtered = await filterRecords(value, declared, sight)
  if (filtered.outcome !== 'kept') return without(filtered)
  const { value: structuredContent } = filtered
  return { ...tallyOf([filtered]), result: { content: [textOf(structuredContent)], structuredContent } }
}

async function judgeTexts(content: unknown, declared: Place, sight: Sight): Promise<Judged> {
  const values = (Array.isArray(content) ? content : []).flatMap((item) => {
    const value = isObject(item) && item.type === 'text' ? jsonOf(item.text) : undefined
    return value === undefined ? [] : [value]
  })
  const filtered = await filterTogether(
    values.map((value) => ({ value, declared })),
    sight,
  )
  const wrong = filtered.find(({ outcome }) => outcome === 'mismatched' || outcome === 'oversized')
  if (wrong && wrong.outcome !== 'kept') return without(wrong)
  if (filtered.length === 0) return without({ outcome: 'mismatched' })
  const kept = filtered.filter((each) => each.outcome === 'kept')
  if (kept.length === 0) return { result: NOT_FOUND, ...tallyOf(filtered) }
  return { ...tallyOf(filtered), result: { content: kept.map(({ value }) => textOf(value)) } }
}

const NOTHING: Tally = { records: 0, withheld: 0, masked: 0 }

function tallyOf(filtered: readonly Filtered[]): Tally {
  const tally = { ...NOTHING }
  for (const each of filtered) {
    if ('withheld' in each) tally.withheld += each.withheld
    if (each.outcome !== 'kept') continue
    tally.records += each.records
    tally.masked += each.masked
  }
  return tally
}

function without(filtered: Exclude<Filtered, { outcome: 'kept' }>): Judged {
  if (filtered.outcome === 'removed') return { result: NOT_FOUND, ...tallyOf([filtered]) }
  return { result: filtered.outcome === 'oversized' ? fixed(OVERSIZED) : WITHHELD, ...NOTHING }
}

const textOf = (value: unknown) => ({ type: 'text', text: JSON.stringify(value) })

function jsonOf(text: unknown): unknown {
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
