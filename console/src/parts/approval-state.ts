// Where a request stands, in honest sentences: what is known, what is not, and what will not happen.
import type { Approval } from '@mandate/contract'
import { type Html, html } from '../html.ts'
import { standing } from './approval-words.ts'
import { listed } from './names.ts'
import { ago, moment } from './time.ts'
import { visibleText } from './visible-text.ts'

const OUTCOMES: Readonly<Record<string, (at: string) => string>> = {
  under_way: () => 'It was released and is being carried out right now.',
  done: (at) => `It was carried out at ${at}.`,
  refused: (at) => `It was released, but ${at} refused it. It can not be released a second time.`,
  failed: (at) => `It was released, but it did not work: ${at} reported a failure, or was never reached.`,
  unknown: (at) =>
    `It was released, but nobody can say how it ended: the line broke or the server stopped meanwhile. Look at ${at} before doing anything again. Mandate will not try again by itself.`,
}

export function stateCard(approval: Approval, now: number): Html {
  const [, tone] = standing(approval)
  return html`<section class="card state ${tone}" aria-label="Where it stands"><p data-say><b>${standing(approval)[0]}.</b> ${sentence(approval, now)}</p>${answers(approval, now)}</section>`
}

function sentence(approval: Approval, now: number): Html {
  const { status, outcome, verified, quorum, may_answer } = approval
  const yes = approval.answers.filter((one) => one.answer === 'approve' && one.taken_back_at === null).length
  const where = verified.target.name
  switch (status) {
    case 'pending': {
      const missing = quorum - yes
      const need = quorum > 1 && html` ${missing === 1 ? 'One more person' : `${missing} more people`} must say yes.`
      return html`Nothing happens before it is answered, and it lapses ${moment(approval.expires_at, now)}.${need}${!may_answer && html` It is not yours to answer, or you have answered already.`}`
    }
    case 'approved': {
      const rest = approval.not_before !== null && Date.parse(approval.not_before) > now && approval.not_before
      return rest
        ? html`It rests until ${moment(rest, now)} and is not carried out before. Until then it can still be refused.`
        : html`It was not carried out yet. It lapses ${moment(approval.expires_at, now)} if the agent does not use it.`
    }
    case 'denied':
      return html`It was not carried out, and will not be.`
    case 'expired':
      return yes >= quorum
        ? html`It was approved, but not used in time. It was not carried out.`
        : html`Nobody answered in time. It was not carried out.`
    case 'cancelled':
      return html`Its agent, its person or whoever said yes was stopped meanwhile, so it was called off. It was not carried out.`
    case 'consumed':
      return html`${(OUTCOMES[outcome ?? 'unknown'] ?? OUTCOMES.unknown)?.(where)}${approval.consumed_at !== null && html` Released ${ago(approval.consumed_at, now)}.`}`
  }
}

const answers = ({ answers }: Approval, now: number): Html | undefined =>
  answers.length === 0
    ? undefined
    : html`<ul class="plain">${answers.map(
        ({ by, answer, at, reason, taken_back_at }) =>
          html`<li>${by.name} said ${answer === 'approve' ? 'yes' : 'no'} ${moment(at, now)}${taken_back_at !== null && html`; it counts no more, because their access was ended ${moment(taken_back_at, now)}`}${reason !== null && html`<br><span class="soft prose">“${visibleText(reason)}”</span>`}</li>`,
      )}</ul>`

export const ownersOf = (owners: readonly { name: string }[]): string =>
  listed(owners.map(({ name }) => name)) || 'nobody now'

/** `owner: Olu`, `owners: Olu and Dana`. */
export const ownedBy = (owners: readonly { name: string }[] = []): string =>
  `${owners.length === 1 ? 'owner' : 'owners'}: ${ownersOf(owners)}`
