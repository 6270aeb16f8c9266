// The agents that may act for the signed-in person, the accounts they use for it, and taking each back.
import type { ConnectedAccount, MyAgent } from '@mandate/contract'
import type { Page } from '../frame.ts'
import { type Html, html } from '../html.ts'
import { agentBadge, badge, type Tone } from '../parts/badge.ts'
import { empty } from '../parts/empty.ts'
import { facts } from '../parts/facts.ts'
import { listed } from '../parts/names.ts'
import { done, refused } from '../parts/notice.ts'
import { moment } from '../parts/time.ts'

export interface MyAgents {
  agents: readonly MyAgent[]
  /** Undefined where no accounts are kept. */
  accounts: readonly ConnectedAccount[] | undefined
  now: number
  refusal?: string
  notice?: string
}

export const myAgentsPage = ({ agents, accounts, now, refusal, notice }: MyAgents): Page => ({
  title: 'My agents',
  live: true,
  body: html`<div class="head"><h1>Agents that may act for you</h1>
<p class="soft">They act in your name, never beyond what you may do yourself.</p></div>
${refused(refusal)}${done(notice)}
${
  agents.length === 0
    ? empty(
        'No agent acts for you',
        'When you sign in to an agent and say yes, or an administrator assigns one to you, you find it here and can take it back.',
      )
    : agents.map((agent) => agentCard(agent, now))
}
${accounts && accountsCard(accounts, now)}`,
})

const agentCard = (agent: MyAgent, now: number): Html => html`<section class="card">
<div class="title"><h2>${agent.name}</h2>${agentBadge(agent.status)}</div>
<p class="prose">${agent.purpose}</p>
${facts([
  ['Who answers for it', listed(agent.owners.map(({ name }) => name)) || 'Nobody now, so it may not act'],
  ['Why it may act', agent.by === 'consent' ? 'You said yes' : 'An administrator assigned it to you'],
  ['Since', agent.since === null ? undefined : moment(agent.since, now)],
])}
${agent.by === 'consent' ? withdraw(agent) : html`<p class="soft small">To take it back, ask ${listed(agent.owners.map(({ name }) => name)) || 'an administrator'}.</p>`}
</section>`

const withdraw = ({ id, name }: MyAgent): Html => html`<details><summary>Stop it from acting for you</summary>
<form method="post" action="/my/agents/${id}/withdraw">
<p>${name} can do nothing more in your name from then on, anywhere. What it has done already stays done. It works on for others who let it.</p>
<div class="actions start"><button class="danger">Stop ${name} from acting for me</button></div>
</form></details>`

const ACCOUNT: Readonly<Record<string, [word: string, tone: Tone]>> = {
  connected: ['Connected', 'good'],
  needs_reconnect: ['Must be connected again', 'warn'],
  revoking: ['Being disconnected', 'warn'],
  revoked: ['Disconnected', 'plain'],
}

const accountsCard = (accounts: readonly ConnectedAccount[], now: number): Html =>
  html`<section class="card"><h2>Your connected accounts</h2>
<p class="soft">Accounts of yours at other systems. Agents use them for you through Mandate and never see their keys.</p>
${
  accounts.length === 0
    ? html`<p>None is connected.</p>`
    : html`<ul class="plain rows">${accounts.map((account) => accountRow(account, now))}</ul>`
}</section>`

// `replaced`: connected again since, and kept until the account in its place is disconnected, or this one is.
const accountRow = (
  { id, connection, status, reason, connected_at, connect_uri }: ConnectedAccount,
  now: number,
): Html =>
  html`<li><div class="title"><h3>${connection}</h3>${reason === 'replaced' ? badge('Replaced', 'plain') : badge(...(ACCOUNT[status] ?? ([status, 'plain'] as const)))}</div>
<p class="soft small">Connected ${moment(connected_at, now)}</p>
${status === 'needs_reconnect' && html`<p><a class="tile" href="${connect_uri}">Connect it again<span class="seen">: ${connection}</span></a></p>`}
${(status === 'connected' || status === 'needs_reconnect' || reason === 'replaced') && disconnect(id, connection)}</li>`

const disconnect = (id: string, connection: string): Html => html`<details><summary>Disconnect ${connection}</summary>
<form method="post" action="/my/accounts/${id}/disconnect">
<p>No agent can use your account at ${connection} any more. You can connect it again later.</p>
<div class="actions start"><button class="danger">Disconnect ${connection}</button></div>
</form></details>`
