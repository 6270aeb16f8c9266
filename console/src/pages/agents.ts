// Every agent that is known here, for those who look after them.
import type { Agent } from '@mandate/contract'
import type { Page } from '../frame.ts'
import { type Html, html } from '../html.ts'
import { agentBadge, riskBadge } from '../parts/badge.ts'
import { empty } from '../parts/empty.ts'
import { listed, type Names, nameOf } from '../parts/names.ts'

export interface AgentList {
  agents: readonly Agent[]
  names: Names
  next: string | null
}

export const agentsPage = ({ agents, names, next }: AgentList): Page => ({
  title: 'Agents',
  wide: true,
  live: true,
  body: html`<div class="head"><h1>Agents</h1><p class="soft">Every agent that is known here, and who answers for it.</p></div>
${
  agents.length === 0
    ? empty(
        'No agent is known yet',
        html`Register one with <code>npx mandate api POST /agents</code>. It needs a purpose and a person who answers for it.`,
      )
    : html`<div class="card"><table class="stack"><thead><tr><th scope="col">Agent</th><th scope="col">State</th><th scope="col">Who answers for it</th><th scope="col">Risk</th></tr></thead>
<tbody>${agents.map((agent) => row(agent, names))}</tbody></table></div>`
}
${next !== null && html`<p><a class="button quiet" href="/agents?cursor=${encodeURIComponent(next)}">Further agents</a></p>`}`,
})

const row = ({ id, name, purpose, status, owners, risk_class }: AgentList['agents'][number], names: Names): Html =>
  html`<tr><td data-label=""><a href="/agents/${id}">${name}</a><br><span class="soft small">${shortened(purpose)}</span></td>
<td data-label="">${agentBadge(status)}</td><td data-label="Who answers for it:">${listed(owners.map((owner) => nameOf(names, owner)))}</td>
<td data-label="">${riskBadge(risk_class)}</td></tr>`

// The whole is on the agent's own page.
const shortened = (text: string): string => (text.length <= 140 ? text : `${text.slice(0, 139).trimEnd()}…`)
