// `mandate audit verify`: a running server's log, or an export with nothing but files.
import { createReadStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type VerifyReport, verifyLog } from './audit-verify.ts'
import { authorized } from './authorized.ts'
import { Usage } from './usage.ts'

export async function auditVerify(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      entries: { type: 'string' },
      checkpoints: { type: 'string' },
      key: { type: 'string' },
      since: { type: 'string' },
      save: { type: 'string' },
    },
  })
  const { entries, checkpoints, key, since, save } = values
  // What was kept elsewhere comes first: a log cut back or rewritten since then cannot pass it.
  const kept = since === undefined ? [] : notesIn(await readFile(since, 'utf8'))
  const offline = entries !== undefined || checkpoints !== undefined
  if (offline && (entries === undefined || checkpoints === undefined || key === undefined))
    throw new Usage('offline, --entries, --checkpoints and --key are all needed')
  const signed = offline ? notesIn(await readFile(checkpoints ?? '', 'utf8')) : await servedCheckpoints()
  const report = await verifyLog({
    entries: entries === undefined ? servedEntries() : linesOf(entries),
    checkpoints: inOrder([...kept, ...signed]),
    verifierKey: key ?? (await (await authorized('/audit/log/key')).text()).trim(),
  })
  const newest = signed.at(-1)
  if (save !== undefined && newest !== undefined && report.result !== 'failed') await writeFile(save, newest)
  return tell(report, { trusted: key !== undefined })
}

function tell(report: VerifyReport, { trusted }: { trusted: boolean }): number {
  process.stdout.write(`${report.sentence}\n`)
  if (!trusted) process.stdout.write('The key came from the server itself; give --key to check against one you keep.\n')
  return report.result === 'failed' ? 1 : 0
}

/** Signed notes one after the other: each is text, an empty line, then signature lines. */
function notesIn(text: string): string[] {
  return [...text.matchAll(/(?:[^\n]+\n)+\n(?:— [^\n]+\n)+/g)].map(([note]) => note)
}

const sizeOf = (note: string): number => Number(note.split('\n')[1])

const inOrder = (notes: string[]): string[] => [...new Set(notes)].sort((a, b) => sizeOf(a) - sizeOf(b))

async function* linesOf(file: string): AsyncIterable<string> {
  // Bytes that are not UTF-8 must fail, not become replacement characters that hash to something else.
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  for await (const chunk of createReadStream(file)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest + decoder.decode() !== '') yield rest
}

async function* servedEntries(): AsyncIterable<string> {
  for (let next = 0; ; ) {
    const answer = await authorized(`/api/v1/audit/export?format=jsonl&from=${next}`)
    if (!answer.ok) throw new Error(`the server does not give its log: ${await answer.text()}`)
    const lines = (await answer.text()).split('\n').slice(0, -1)
    yield* lines
    const after = Number(answer.headers.get('x-next-leaf'))
    if (lines.length === 0 || after === next) return
    next = after
  }
}

async function servedCheckpoints(): Promise<string[]> {
  const notes: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const answer = await authorized(`/api/v1/audit/checkpoints?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`)
    if (!answer.ok) throw new Error(`the server does not give its checkpoints: ${await answer.text()}`)
    const page = (await answer.json()) as { items: { note: string }[]; next_cursor: string | null }
    notes.push(...page.items.map(({ note }) => note))
    cursor = page.next_cursor
  }
  return notes
}
