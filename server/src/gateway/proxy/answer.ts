// What of an upstream's HTTP answer goes back: a status, a body that was judged, and a handful of headers.
import { Problem } from '../../kernel/problem.ts'
import type { Facts } from '../../pipeline/index.ts'
import type { OutboundResponse } from '../../platform/outbound/index.ts'
import { type Declared, namesRecords } from '../records/declaration.ts'
import { filterRecords } from '../records/filter.ts'
import type { Sight } from '../records/sight.ts'
import { OVERSIZED } from '../records/tool-result.ts'
import { UpstreamFault } from '../upstream-problem.ts'

export interface ProxyAnswer {
  status: number
  headers: Record<string, string>
  body: Buffer | string
}

const RETURNED = ['content-type', 'etag', 'last-modified', 'retry-after'] as const
const ABOUT_CONTENT: readonly string[] = ['etag', 'last-modified']

export async function answerOf(
  response: OutboundResponse,
  { declared, sight, note }: { declared: Declared; sight: Sight; note(facts: Facts): void },
): Promise<ProxyAnswer> {
  const { status, body } = response
  note({ bytes: body.length, status })
  refuseStatus(status)
  const encoding = headerOf(response, 'content-encoding')
  if (encoding !== undefined && encoding !== 'identity')
    throw new UpstreamFault('The upstream answered in an encoding it was not asked for.', true)
  if (status >= 400 && namesRecords(declared)) throw refusedAbout(status, declared)
  const headers = returned(response, declared)
  if (!declared.result || body.length === 0) return { status, headers, body }

  const filtered = await filterRecords(jsonOf(response), declared.result, sight)
  if (filtered.outcome === 'mismatched') throw withheld()
  if (filtered.outcome === 'oversized') throw new Problem('upstream_failed', { detail: OVERSIZED })
  if (filtered.outcome === 'removed') {
    note({ records: 0, withheld: filtered.withheld })
    throw new Problem('not_found')
  }
  const { value, records, withheld: hidden, masked } = filtered
  note({ records, withheld: hidden, masked })
  return { status, headers, body: JSON.stringify(value) }
}

// What it says may speak of other people's records, so none of it goes back. Where the record is in the result, a
// refusal must read as it does for a record that is not there; where the request named it, it was judged before.
function refusedAbout(status: number, declared: Declared): Error {
  if (status >= 500 || status === 429) return new UpstreamFault('The upstream failed or is too busy.', status !== 429)
  return declared.result
    ? new Problem('not_found')
    : new Problem('upstream_refused', { extensions: { upstream: status } })
}

// The agent's token was good: what the upstream says of our credential, or where it points, is not the agent's affair.
function refuseStatus(status: number): void {
  if (status === 401 || status === 403)
    throw new UpstreamFault('The upstream refused the credential of this connection.', false)
  if (status >= 300 && status < 400 && status !== 304)
    throw new UpstreamFault('The upstream sent us elsewhere; redirects are not followed.', true)
}

function returned(response: OutboundResponse, declared: Declared): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of RETURNED) {
    const value = headerOf(response, name)
    if (value !== undefined && !(declared.result && ABOUT_CONTENT.includes(name))) headers[name] = value
  }
  return headers
}

function jsonOf(response: OutboundResponse): unknown {
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(headerOf(response, 'content-type') ?? '')) throw withheld()
  try {
    return JSON.parse(response.body.toString('utf8'))
  } catch {
    throw withheld()
  }
}

const withheld = () =>
  new Problem('upstream_failed', {
    detail: 'The answer was withheld: it does not have the shape that was declared for it.',
  })

function headerOf({ headers }: OutboundResponse, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}
