// The audit log as a stranger checks it: the checkpoints first, then the entries that the newest of them speaks for.
import type { AuditEvent } from '@mandate/contract'
import { type VerifyReport, verifyLog } from '../../cli/src/audit-verify.ts'
import { type Api, answerOf } from './api.ts'

export interface Log {
  /** Exact texts, in leaf order, as many as the newest checkpoint has. */
  entries: readonly string[]
  events: readonly AuditEvent[]
  checkpoints: readonly string[]
}

const sizeOf = (note: string): number => Number(note.split('\n')[1])

export async function readLog(admin: Api): Promise<Log> {
  const checkpoints: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: { note: string }[]; next_cursor: string | null } = await admin.must(
      'GET',
      `/api/v1/audit/checkpoints?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`,
    )
    checkpoints.push(...page.items.map(({ note }) => note))
    cursor = page.next_cursor
  }
  const size = sizeOf(checkpoints.at(-1) ?? '')
  const entries: string[] = []
  while (entries.length < size) {
    const limit = Math.min(5_000, size - entries.length)
    const text: string = await admin.must('GET', `/api/v1/audit/export?from=${entries.length}&limit=${limit}`)
    const lines = text.split('\n').slice(0, -1)
    if (lines.length === 0) throw new Error(`the log ends at ${entries.length}, its checkpoint says ${size}`)
    entries.push(...lines)
  }
  return { entries, events: entries.map((entry) => JSON.parse(entry)), checkpoints }
}

/** `kept`: checkpoints that were saved elsewhere before; `key`: the verifier's own. */
export function verify(
  { entries, checkpoints }: Log,
  key: string,
  kept: readonly string[] = [],
): Promise<VerifyReport> {
  const signed = [...new Set([...kept, ...checkpoints])].sort((one, other) => sizeOf(one) - sizeOf(other))
  return verifyLog({ entries: stream(entries), checkpoints: signed, verifierKey: key })
}

async function* stream(entries: readonly string[]): AsyncIterable<string> {
  yield* entries
}

/** What anyone may fetch: the newest checkpoint, or the key it is signed with. */
export async function published(server: string, name: 'checkpoint' | 'key'): Promise<string> {
  const { status, body } = await answerOf(await fetch(`${server}/audit/log/${name}`))
  if (status !== 200) throw new Error(`no ${name}: ${status} ${JSON.stringify(body)}`)
  return name === 'key' ? body.trim() : body
}
