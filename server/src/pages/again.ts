// A form that was refused: the page is shown again with a sentence that says why.
import type { Page } from '@mandate/console'
import { Problem } from '../kernel/problem.ts'

/** Who must sign in, who may not, and what is not there: their pages are others. */
const ELSEWHERE: ReadonlySet<number> = new Set([401, 403, 404])

/** `act`, then its page; on a refusal that a person can do something about, `again` with the reason. */
export async function orAgain(act: () => Promise<Page>, again: (refusal: string) => Promise<Page>): Promise<Page> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500 || ELSEWHERE.has(error.status)) throw error
    return { ...(await again(sentenceOf(error))), status: error.status }
  }
}

/** A refusal in words for people: `The reason must not be empty.` */
function sentenceOf({ message, details: { errors = [] } }: Problem): string {
  if (errors.length === 0) return message
  return errors.map(({ field, rule }) => `${FIELDS[field] ?? `“${field}”`} ${rule}.`).join(' ')
}

const FIELDS: Readonly<Record<string, string>> = {
  reason: 'The reason',
  agent: 'The agent',
  user: 'The person',
  task: 'The task',
  action: 'The action',
  outcome: 'How it ended',
  cursor: 'The place in the list',
}
