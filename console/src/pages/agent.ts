// One agent: who it is, who answers for it, what it may do where, what it did lately, and the button that stops it.
import type { Agent, AgentCredential, AuditEvent, ManagedConnection } from '@mandate/contract'
import type { Page } from '../frame.ts'
import { type Html, html } from '../html.ts'
import { agentBadge, badge, riskBadge } from '../parts/badge.ts'
import { eventSentence, outcomeOf } from '../parts/event-words.ts'
import { facts } from '../parts/facts.ts'
import { managed } from '../parts/modes.ts'
import { listed, type Names, nameOf } from '../parts/names.ts'
import { refused } from '../parts/notice.ts'
import { ago, moment } from '../parts/time.ts'

export interface AgentView {
  agent: Agent
  /** Each undefined where the reader may not see it. */
  managed: readonly ManagedConnection[] | undefined
  credentials: readonly AgentCredential[] | undefined
  events: readonly AuditEvent[] | undefined
  names: Names
  mayChange: boolean
  now: number
  refusal?: string
  reason?: string
}

export function agentPage(view: AgentView): Page {
  const { agent, names, now } = view
  return {
    title: agent.name,
    wide: true,
    live: true,
    body: html`<div class="head"><div class="title"><h1>${agent.name}</h1>${agentBadge(agent.status)}</div>
<p class="lead prose">${agent.purpose}</p></div>
${refused(view.refusal)}
${agent.status === 'suspended' && html`<section class="card state bad"><p data-say><b>It is stopped.</b> It gets no token and no call through.</p>${agent.status_reason !== null && html`<p class="prose">Why: ${agent.status_reason}</p>`}</section>`}
<section class="card"><h2>About</h2>${facts([
      ['Who answers for it', listed(agent.owners.map((owner) => nameOf(names, owner)))],
      ['Risk', riskBadge(agent.risk_class)],
      ['Acts for', assigned(agent, names)],
      ['Credentials', view.credentials && credentials(view.credentials, now)],
      ['Known since', moment(agent.created_at, now)],
      ['Its id', html`<code>${agent.id}</code>`],
    ])}</section>
${view.managed && connections(view.managed, names, now)}
${view.events && activity(view.events, view)}
${view.mayChange && changing(view)}`,
  }
}

function assigned({ assigned: { everyone, users, groups } }: AgentView['agent'], names: Names): string {
  if (everyone) return 'everybody, and whoever says yes to it'
  const whom = [
    ...users.map((user) => nameOf(names, user)),
    ...groups.map((group) => `the group ${nameOf(names, group)}`),
  ]
  return whom.length === 0 ? 'whoever says yes to it' : `${listed(whom)}, and whoever says yes to it`
}

function credentials(list: NonNullable<AgentView['credentials']>, now: number): Html {
  const usable = list.filter(({ revoked_at, expires_at }) => revoked_at === null && Date.parse(expires_at) > now)
  const first = usable.map(({ expires_at }) => expires_at).sort()[0]
  if (first === undefined) return html`none that works, so it cannot sign in`
  return html`${usable.length === 1 ? 'one' : usable.length}; ${usable.length === 1 ? 'it' : 'the next'} expires ${moment(first, now)}`
}

const connections = (list: NonNullable<AgentView['managed']>, names: Names, now: number): Html =>
  html`<section class="card"><h2>What it may do</h2>${
    list.length === 0
      ? html`<p class="soft">Nothing: no connection or resource is open to it.</p>`
      : list.map((terms) => managed(terms, names, now))
  }</section>`

const activity = (events: readonly AuditEvent[], { agent, names, now }: AgentView): Html =>
  html`<section class="card"><h2>What it did lately</h2>${
    events.length === 0
      ? html`<p class="soft">Nothing is on record yet.</p>`
      : html`<ul class="plain rows">${events.map((event) => html`<li class="row"><span>${eventSentence(event, names)} <span class="soft small">${ago(event.at, now)}</span></span>${badge(...outcomeOf(event))}</li>`)}</ul>
<p><a class="tile" href="/audit?agent=${agent.id}">All of it, in the audit log</a></p>`
  }</section>`

function changing({ agent: { id, name, status }, reason = '' }: AgentView): Html | undefined {
  if (status === 'active')
    return html`<section class="card"><h2>Stop it</h2>
<p>${name} is refused everywhere within a second: every token and session it holds ends, calls that wait for an answer are called off. It can be let act again later.</p>
<form method="post" action="/agents/${id}/suspend">
<div class="field"><label for="reason">Why is it stopped?</label><textarea id="reason" name="reason" required maxlength="1000" rows="2">${reason}</textarea></div>
<div class="actions start"><button class="danger">Stop ${name}</button></div></form></section>`
  if (status === 'suspended' || status === 'registered')
    return html`<section class="card"><h2>${status === 'suspended' ? 'Let it act again' : 'Let it act'}</h2>
<p>${name} may do what is listed above from then on. ${status === 'suspended' && 'What was ended when it was stopped stays ended: it has to sign in again.'}</p>
<form method="post" action="/agents/${id}/activate" class="actions start"><button>${status === 'suspended' ? 'Let it act again' : 'Let it act'}</button></form></section>`
  return undefined
}
