// Requests that agents made: those that wait first, then what became of the others.
import type { ApprovalSummary } from '@mandate/contract'
import type { Page } from '../frame.ts'
import { type Html, html } from '../html.ts'
import { ownedBy } from '../parts/approval-state.ts'
import { agentName, headline, standing } from '../parts/approval-words.ts'
import { badge } from '../parts/badge.ts'
import { empty } from '../parts/empty.ts'
import { relative } from '../parts/time.ts'
import { visibleText } from '../parts/visible-text.ts'

export interface Approvals {
  waiting: readonly ApprovalSummary[]
  recent: readonly ApprovalSummary[]
  now: number
}

export function approvalsPage({ waiting, recent, now }: Approvals): Page {
  const yours = waiting.filter(({ may_answer }) => may_answer)
  const others = waiting.filter(({ may_answer }) => !may_answer)
  return {
    title: yours.length === 0 ? 'Approvals' : `${yours.length} waiting · Approvals`,
    live: true,
    body: html`<div class="head"><h1>Approvals</h1>
<p class="soft" data-say>${said(yours.length)}</p></div>
${
  yours.length === 0
    ? empty(
        'Nothing waits for you',
        'When an agent wants to do something that needs your yes, it appears here, and nothing happens before you answer.',
      )
    : yours.map((approval) => card(approval, now))
}
${others.length > 0 && html`<section class="card"><h2>Waiting for others</h2><ul class="plain rows">${others.map((approval) => row(approval, now))}</ul></section>`}
${recent.length > 0 && html`<section class="card"><h2>Answered lately</h2><ul class="plain rows">${recent.map((approval) => row(approval, now))}</ul></section>`}`,
  }
}

const said = (count: number): string =>
  count === 0
    ? 'Agents ask here before they do what needs a person’s yes.'
    : `${count === 1 ? 'One request waits' : `${count} requests wait`} for your answer.`

const card = (
  approval: ApprovalSummary,
  now: number,
): Html => html`<a class="card go state warn" href="/approvals/${approval.id}">
<h2>${visibleText(headline(approval))}</h2>
<p class="soft">Asked ${relative(approval.created_at, now)} by ${visibleText(agentName(approval))} (${ownedBy(approval.verified.agents[0]?.owners)})${approval.verified.user && `, for ${approval.verified.user.name}`}. Lapses ${relative(approval.expires_at, now)}.</p>
<p>${effectBadge(approval.verified.effect)}</p></a>`

export const effectBadge = (effect: ApprovalSummary['verified']['effect']): Html =>
  effect === 'irreversible'
    ? badge('Cannot be undone', 'bad')
    : effect === 'write'
      ? badge('Changes something', 'warn')
      : badge('Only looks', 'plain')

const row = (approval: ApprovalSummary, now: number): Html =>
  html`<li><a class="go" href="/approvals/${approval.id}"><h3>${visibleText(headline(approval))}</h3>
<span class="row"><span class="soft small">${relative(approval.decided_at ?? approval.created_at, now)}</span>${badge(...standing(approval))}</span></a></li>`
