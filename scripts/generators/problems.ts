// docs/problems/: one page for each problem of the catalogue, and their list. A problem's `type` leads to its page.
import { STATUS_CODES } from 'node:http'
import { load, madeFrom } from './load.ts'

interface Problem {
  status: number
  title: string
  sentence: string
}

const SOURCE = 'contract/src/problems.ts'
const FOLDER = 'docs/problems'

/** What the status alone already tells: whether anything was done, and whether trying again can help. */
const MEANINGS: Readonly<Record<number, string>> = {
  400: 'The request breaks a rule of the interface. Nothing was done; the same request will be refused again.',
  401: 'The caller could not be identified. Nothing was done.',
  403: 'The caller is known and is not allowed this. Nothing was done; the attempt is in the audit log.',
  404: 'It does not exist, or the caller may not know that it does: the two are not told apart. Nothing was done.',
  405: 'The path is known, the method is not. Nothing was done.',
  409: 'The request is well formed, but what is stored now does not let it happen. Nothing was done.',
  410: 'It was here once and is gone for good. Nothing was done.',
  412: 'A condition of the request no longer holds. Nothing was done.',
  413: 'The request or the result is beyond a limit that protects the server and its approvers.',
  415: 'The body is of a kind this endpoint does not read. Nothing was done.',
  422: 'The request could be read, but what it asks for makes no sense here. Nothing was done.',
  428: 'The request must state a condition first. Nothing was done.',
  429: 'A limit was reached. Nothing was done; the same request can succeed later.',
  500: 'The server met a failure of its own. Whether anything was done is in the audit log, under the correlation id.',
  501: 'This server does not offer that. Nothing was done.',
  502: 'The system behind the connection, not the caller, is where it went wrong.',
  503: 'Something that must be known before anything is granted cannot be known now. Nothing was done.',
  504: 'The system behind the connection did not answer in time.',
}

export async function problemPages(root: string): Promise<ReadonlyMap<string, string>> {
  const { PROBLEMS } = (await load(root, SOURCE)) as { PROBLEMS?: Readonly<Record<string, Problem>> }
  const problems = Object.entries(PROBLEMS ?? {})
  if (problems.length === 0) throw new Error(`${SOURCE} exports no PROBLEMS`)
  const pages = new Map<string, string>([[`${FOLDER}/README.md`, list(problems)]])
  for (const [code, problem] of problems) {
    const path = `${FOLDER}/${pageName(code)}`
    if (pages.has(path)) throw new Error(`${path} would be the page of two problems`)
    pages.set(path, page(code, problem))
  }
  return pages
}

const pageName = (code: string): string => `${code.replaceAll('_', '-')}.md`

function page(code: string, { status, title, sentence }: Problem): string {
  const meaning = MEANINGS[status]
  if (meaning === undefined)
    throw new Error(`${code}: say what status ${status} means in scripts/generators/problems.ts`)
  return `${madeFrom(SOURCE)}

# ${title}

\`${code}\` · HTTP status ${status} ${STATUS_CODES[status] ?? ''}

## What it means

${meaning}

## What to do

${sentence}

The \`detail\` of the answer is more exact where more can be said; \`correlation_id\` finds the attempt in the audit log.
`
}

const list = (problems: readonly [string, Problem][]): string => `${madeFrom(SOURCE)}

# Problems

Every refusal outside protocol endpoints is a problem document (RFC 9457) with one of these codes.

| code | status | title |
|---|---|---|
${problems.map(([code, { status, title }]) => `| [\`${code}\`](${pageName(code)}) | ${status} | ${title} |`).join('\n')}
`
