// What the documentation tells people to type exists, and what it points at is there.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type MarkdownCode, readMarkdown } from './markdown.ts'
import { filesIn, ROOT } from './tree.ts'
import { tell, type Verdict, verdict } from './verdict.ts'

const TOUR = 'docs/tour.md'
const SHELL = ['', 'sh', 'bash', 'shell', 'console']
const NPM = /(?<![\w./-])npm (?:run(?:-script)? ([\w:.-]+)|(test|start|ci)\b)/g
// At the start of a command only, so that a sentence about mandate is not taken for one.
const MANDATE = /(?:^|&&|\|\||[;|(])\s*(?:\$ )?(?:[A-Z_]+=\S* )*(?:npx (?:--?[\w-]+ )*)?mandate((?: [a-z][a-z-]*)+)/g
const PATH = /^[\w@.-]+(?:\/[\w@.-]+)+\.(?:tsx?|md|sql|json|ya?ml|sh)$/

interface Counts {
  pages: number
  commands: number
  links: number
  'paths in the tour': number
}

export async function documentedCommands(root: string): Promise<Verdict> {
  const pages = [...['README.md', 'AGENTS.md', 'CONTRIBUTING.md'], ...filesIn(root, 'docs')].filter(
    (file) => file.endsWith('.md') && existsSync(join(root, file)),
  )
  const counts: Counts = { pages: pages.length, commands: 0, links: 0, 'paths in the tour': 0 }
  const commandProblem = await commandJudge(root)
  const problems: string[] = []
  for (const page of pages) {
    const { code, links } = readMarkdown(readFileSync(join(root, page), 'utf8'))
    const say = (line: number, problem: string | undefined) => {
      if (problem !== undefined) problems.push(`${page}:${line}: ${problem}`)
    }
    for (const piece of code) {
      const commands = commandsIn(piece)
      counts.commands += commands.length
      for (const command of commands) say(piece.line, commandProblem(command))
      if (page !== TOUR || !piece.inline || !PATH.test(piece.text)) continue
      counts['paths in the tour'] += 1
      // The tour walks through rooms, so a path may start at the room.
      const there = ['', 'server/src'].some((folder) => existsSync(join(root, folder, piece.text)))
      say(piece.line, there ? undefined : `${piece.text} does not exist`)
    }
    for (const { target, line } of links) {
      if (/^(#|[a-z][a-z+.-]*:|\/\/)/i.test(target)) continue
      counts.links += 1
      say(line, linkLeadsSomewhere(root, page, target) ? undefined : `link to ${target} leads nowhere`)
    }
  }
  return verdict({ ...counts }, problems)
}

function commandsIn({ text, inline, language }: MarkdownCode): string[] {
  if (!inline && !SHELL.includes(language)) return []
  return [
    ...[...text.matchAll(NPM)].map((match) => `npm ${match[1] ?? match[2]}`),
    ...[...text.matchAll(MANDATE)].map((match) => `mandate${match[1]}`),
  ]
}

async function commandJudge(root: string): Promise<(command: string) => string | undefined> {
  const scripts: Record<string, string> = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts ?? {}
  const table = join(root, 'cli/src/commands.ts')
  const { COMMANDS = {} }: { COMMANDS?: Record<string, unknown> } = existsSync(table)
    ? await import(pathToFileURL(table).href)
    : {}
  return (command) => {
    const [program, ...words] = command.split(' ')
    if (program === 'npm') {
      const [name = ''] = words
      const known = name === 'ci' ? existsSync(join(root, 'package-lock.json')) : Object.hasOwn(scripts, name)
      return known ? undefined : `npm has no script ${name} here`
    }
    // Words after the command's own name are its arguments.
    const known = words.some((_, at) => Object.hasOwn(COMMANDS, words.slice(0, at + 1).join(' ')))
    return known ? undefined : `${command} is not in the table of cli/src/commands.ts`
  }
}

function linkLeadsSomewhere(root: string, page: string, target: string): boolean {
  const path = decodeURIComponent(target.split(/[#?]/)[0] ?? '')
  return existsSync(path.startsWith('/') ? join(root, path) : join(root, dirname(page), path))
}

if (import.meta.main) tell('documented commands', await documentedCommands(process.argv[2] ?? ROOT))
