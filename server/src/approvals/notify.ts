// Those who may answer are told by mail that somebody asks; what exactly is on the page, behind a sign-in.
import { isId } from '../kernel/ids.ts'
import { below } from '../pipeline/index.ts'
import type { Mail, Message } from '../platform/mail/index.ts'
import { approversOf } from './eligible.ts'
import type { ApprovalGround } from './ground.ts'
import { type Row, statusOf } from './model.ts'
import { findApproval, markNotified } from './store.ts'

export const NOTIFY = 'approvals.notify'

const MOST_TOLD = 50

/** For the job of that name. Repeats are harmless but for a second mail: people rather hear twice than never. */
export const notifier =
  (ground: ApprovalGround, mail: Mail | undefined) =>
  async ({ id }: Record<string, unknown>): Promise<void> => {
    if (typeof id !== 'string' || !isId('approval', id)) return
    const row = await ground.database.transaction((tx) => findApproval(tx, id))
    if (!row || row.notified_at || statusOf(row, ground.now()) !== 'pending') return
    const people = approversOf(ground, row, MOST_TOLD).flatMap((user) => ground.people.person(user) ?? [])
    const refused = mail ? await sendAll(mail, people, messageAbout(ground, row)) : []
    // Whoever was told is not told again because another's address is refused.
    if (refused.length === 0 || refused.length < people.length)
      await ground.database.transaction((tx) => markNotified(tx, id, new Date(ground.now())))
    if (refused.length > 0)
      throw new Error(`mail for ${refused.length} of ${people.length} was not taken: ${refused[0]}`)
  }

/** Sends to each; what went wrong for whom it did, as codes: a mail server's words name people. */
async function sendAll(mail: Mail, people: readonly { email: string }[], message: Omit<Message, 'to'>) {
  const refused: string[] = []
  for (const { email } of people)
    await mail.send({ to: email, ...message }).catch((error: { code?: unknown; responseCode?: unknown }) => {
      refused.push(`${error.code ?? 'unknown'} ${error.responseCode ?? ''}`.trim())
    })
  return refused
}

// A mail is read as our words: what the agent worded itself (RFC 9396 types) stays on the page.
const calledIn = ({ kind, action }: Row): string => (kind === 'ciba' ? 'something that it describes itself' : action)

function messageAbout({ agents, people, issuer }: ApprovalGround, row: Row): { subject: string; text: string } {
  const [agent] = row.agents
  const name = (agent && agents.agent(agent)?.name) ?? 'An agent'
  const user = row.user_id && people.person(row.user_id)
  const until = `${row.expires_at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return {
    subject: `${name} asks for your approval`,
    text: [
      `${name} wants to do this and needs a person's yes: ${calledIn(row)} at ${row.target.name}.`,
      user ? `It acts for ${user.name ?? user.email}.` : 'It acts on its own business.',
      '',
      'See exactly what it is, and answer, here:',
      below(issuer, `/approvals/${row.id}`),
      '',
      `It can be answered until ${until}. Without an answer nothing is done.`,
      'If you did not expect this, say no.',
      '',
    ].join('\n'),
  }
}
