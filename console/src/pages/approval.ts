// One request, to be answered on a phone: the act as a sentence, what Mandate verified, apart from what the agent says.
import type { Approval } from '@mandate/contract'
import type { Page } from '../frame.ts'
import { type Html, html } from '../html.ts'
import { ownedBy, ownersOf, stateCard } from '../parts/approval-state.ts'
import { agentName, headline, PAYEES, payeeOf } from '../parts/approval-words.ts'
import { argumentList } from '../parts/argument-list.ts'
import { riskBadge } from '../parts/badge.ts'
import { type Fact, facts } from '../parts/facts.ts'
import { moneyOf } from '../parts/money.ts'
import { refused } from '../parts/notice.ts'
import { moment } from '../parts/time.ts'
import { visibleText, visibleWords } from '../parts/visible-text.ts'
import { effectBadge } from './approvals.ts'

export interface ApprovalView {
  approval: Approval
  now: number
  refusal?: string
  /** What was typed before a refusal. */
  reason?: string
}

export function approvalPage({ approval, now, refusal, reason = '' }: ApprovalView): Page {
  const { verified, claimed } = approval
  return {
    title: visibleWords(headline(approval)),
    live: true,
    body: html`<div class="head"><h1>${visibleText(headline(approval))}</h1>
<p>${effectBadge(verified.effect)}</p></div>
${refused(refusal)}
${stateCard(approval, now)}
<section class="card" aria-labelledby="verified"><h2 id="verified">What Mandate verified</h2>
${facts(verifiedFacts(approval, now))}
<h3>Every value that is sent</h3>
${approval.contents_kept ? argumentList(verified.arguments) : html`<p class="soft">They were deleted 30 days after this was over.</p>`}
</section>
<section class="card claim" aria-labelledby="claimed"><h2 id="claimed">What the agent says</h2>
${
  claimed.message === null
    ? html`<p class="soft">${approval.contents_kept ? html`${visibleText(agentName(approval))} gave no reason.` : 'Its words were deleted as well.'}</p>`
    : html`<blockquote dir="auto" tabindex="0">${visibleText(claimed.message)}</blockquote>
<p class="soft small">${claimed.message.length > LONG && `${claimed.message.length.toLocaleString('en-GB')} characters; scroll in it to read all. `}These are the agent’s own words. Nobody checked them; what is sent is above.</p>`
}
</section>
${approval.may_answer && answerForm(approval, reason)}`,
  }
}

function verifiedFacts({ id, hash, verified, expires_at, created_at, quorum }: Approval, now: number): Fact[] {
  const [agent, ...through] = verified.agents
  const money = moneyOf(verified.context)
  const payee = payeeOf(verified)
  return [
    ['Who asks', agent && html`<b>${visibleText(agent.name)}</b> ${riskBadge(agent.risk_class)}`],
    ['What it is for', agent && html`<span class="prose">${visibleText(agent.purpose)}</span>`],
    ['Who answers for it', agent && ownersOf(agent.owners)],
    ...through.map(
      ({ name, owners, risk_class }): Fact => [
        'Called by',
        html`${visibleText(name)} (${ownedBy(owners)}) ${riskBadge(risk_class)}`,
      ],
    ),
    ['For whom', verified.user?.name ?? 'Nobody: it is on its own business'],
    ['What', html`<code>${visibleText(verified.action)}</code>`],
    [
      'Where',
      html`${verified.target.name}${verified.target.host !== null && html` <span class="soft">(${verified.target.host})</span>`}`,
    ],
    ['Can it be undone?', UNDOING[verified.effect]],
    ['Amount', money === undefined ? undefined : html`<b>${money}</b>`],
    ['To', payee === undefined ? undefined : visibleText(payee)],
    ...declared(verified.context, money !== undefined),
    ['Asked', moment(created_at, now)],
    ['Answer until', moment(expires_at, now)],
    ['How many must say yes', quorum > 1 ? quorum : undefined],
    ['Number', html`<span class="soft small"><code>${id}</code>, fingerprint <code>${hash.slice(0, 12)}</code></span>`],
  ]
}

/** From here on the agent's words scroll. */
const LONG = 500

const UNDOING: Readonly<Record<Approval['verified']['effect'], string>> = {
  irreversible: 'No. Once it is done, it stays done.',
  write: 'It changes something there. Whether that can be taken back is up to that system.',
  read: 'There is nothing to undo: it only looks.',
}

// What is said above already, as money or as who gets it, is not said again.
const declared = (context: Approval['verified']['context'], money: boolean): Fact[] =>
  Object.entries(context)
    .filter(([name, value]) => value !== undefined && !PAYEES.includes(name) && !(money && MONEY.includes(name)))
    .map(([name, value]) => [
      `Declared: ${name}`,
      visibleText(typeof value === 'string' ? value : JSON.stringify(value)),
    ])

const MONEY = ['amount', 'currency']

// The button that refuses comes first: what a key pressed by chance reaches is never the yes.
const answerForm = ({ id, hash, status }: Approval, reason: string): Html => html`<form class="answer" method="post">
<input type="hidden" name="hash" value="${hash}">
<details${reason !== '' && html` open`}><summary>Add a reason <span class="hint">(optional)</span></summary>
<label for="reason">Your reason <span class="hint">(kept with your answer)</span></label>
<textarea id="reason" name="reason" maxlength="1000" rows="2">${reason}</textarea></details>
<div class="actions">
<button class="refuse" formaction="/approvals/${id}/deny">Refuse</button>
${status === 'pending' && html`<button formaction="/approvals/${id}/approve">Approve</button>`}
</div>
</form>`
