// Decisions are numbered without gaps, and each is one page of question, forces, choice and price.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesIn, ROOT } from './tree.ts'
import { tell, type Verdict, verdict } from './verdict.ts'

const NAME = /^docs\/adr\/(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*\.md$/
const SECTIONS = ['Question', 'Forces', 'Choice', 'Price']

export function adrNumbers(root: string): Verdict {
  const files = filesIn(root, 'docs/adr').filter((file) => file !== 'docs/adr/README.md')
  const decisions = files.filter((file) => NAME.test(file))
  return verdict({ decisions: decisions.length }, [
    ...files.filter((file) => !NAME.test(file)).map((file) => `${file}: is not named NNNN-title.md`),
    ...decisions.flatMap((file, at) => [...misnumbered(file, at), ...incomplete(root, file)]),
  ])
}

function misnumbered(file: string, at: number): string[] {
  const due = String(at + 1).padStart(4, '0')
  return NAME.exec(file)?.[1] === due ? [] : [`${file}: stands where ${due} is due`]
}

function incomplete(root: string, file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/^```[\s\S]*?^```/gm, '')
  const number = NAME.exec(file)?.[1] ?? ''
  const headings = new Set([...text.matchAll(/^#{2,3} +(.+?) *$/gm)].map((match) => match[1]))
  const title = /^# +(\d{4})[ .:–-]+\S/m.exec(text)?.[1]
  return [
    ...(title === number ? [] : [`${file}: needs a heading "# ${number} …"`]),
    ...SECTIONS.filter((section) => !headings.has(section)).map((section) => `${file}: has no heading "## ${section}"`),
  ]
}

if (import.meta.main) tell('decisions', adrNumbers(process.argv[2] ?? ROOT))
