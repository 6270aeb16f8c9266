// Whether a decoded URL segment is one of a template, and what its parameters then are.
import type { Segment, SegmentPart } from '@mandate/contract'

export interface SegmentMatch {
  params: Record<string, string>
  /** Whether the text could be split between the parameters in more than one way: `a-b-c` for `{x}-{y}`. */
  ambiguous: boolean
}

/** Linear in the length of `given`: no backtracking, so that no text makes matching slow. */
export function matchSegment({ parts }: Segment, given: string): SegmentMatch | undefined {
  const texts = literalsAround(parts)
  const [first = '', last = ''] = [texts[0], texts.at(-1)]
  const params = parts.flatMap((part) => ('param' in part ? [part.param] : []))
  if (params.length === 0) return given === first ? { params: {}, ambiguous: false } : undefined
  if (!given.startsWith(first) || !given.endsWith(last) || given.length < first.length + last.length + 1)
    return undefined
  const middle = given.slice(first.length, given.length - last.length)
  const between = texts.slice(1, -1)
  const starts = fromLeft(middle, between)
  if (!starts) return undefined
  const ends = fromRight(middle, between)
  return {
    params: Object.fromEntries(params.map((name, index) => [name, valueAt(middle, { starts, between, index })])),
    ambiguous: starts.some((start, index) => start !== ends?.[index]),
  }
}

/** The text before the first parameter, between each two, and behind the last. */
function literalsAround(parts: readonly SegmentPart[]): string[] {
  const texts = ['']
  for (const part of parts) {
    if ('param' in part) texts.push('')
    else texts[texts.length - 1] += part.literal
  }
  return texts
}

/** Where each separator starts when every parameter but the last is as short as it can be. */
function fromLeft(text: string, separators: readonly string[]): number[] | undefined {
  const found: number[] = []
  let from = 0
  for (const separator of separators) {
    const at = text.indexOf(separator, from + 1)
    if (at < 0) return undefined
    found.push(at)
    from = at + separator.length
  }
  return from < text.length ? found : undefined
}

/** The same from the other end. */
function fromRight(text: string, separators: readonly string[]): number[] | undefined {
  const found: number[] = []
  let end = text.length
  for (const separator of separators.toReversed()) {
    const at = end - separator.length - 1 < 1 ? -1 : text.lastIndexOf(separator, end - separator.length - 1)
    if (at < 1) return undefined
    found.unshift(at)
    end = at
  }
  return found
}

function valueAt(
  text: string,
  { starts, between, index }: { starts: readonly number[]; between: readonly string[]; index: number },
): string {
  const start = index === 0 ? 0 : (starts[index - 1] ?? 0) + (between[index - 1] ?? '').length
  return text.slice(start, starts[index] ?? text.length)
}
