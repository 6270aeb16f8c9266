// The front door: who you are, what waits for you, which agents act for you, and where else to go.
import type { Me, MyAgent } from '@mandate/contract'
import type { Page } from '../frame.ts'
import { type Html, html } from '../html.ts'
import { agentBadge } from '../parts/badge.ts'
import { facts } from '../parts/facts.ts'

export interface Home {
  me: Me
  /** Requests that wait for this person; undefined where nobody can be asked yet. */
  waiting: number | undefined
  /** Undefined where they could not be looked up. */
  agents: readonly MyAgent[] | undefined
  /** What else this person may open. */
  places: readonly { name: string; path: string; about: string }[]
  issuer: string
}

export const homePage = ({ me, waiting, agents, places, issuer }: Home): Page => ({
  title: 'Home',
  live: true,
  body: html`<h1>Hello, ${me.name ?? me.email}</h1>
${waiting !== undefined && waitingCard(waiting)}
${agents && agentsCard(agents)}
${places.length > 0 && html`<section class="card"><h2>Looking after agents</h2><ul class="plain rows">${places.map(place)}</ul></section>`}
<section class="card"><h2>You</h2>
${facts([
  ['Signed in as', me.email],
  ['Your roles', me.roles.length > 0 ? me.roles.join(', ') : 'none; you need none for agents to act for you'],
])}
<form method="post" action="/sign-out" class="actions start"><button class="quiet">Sign out</button></form>
</section>
${me.roles.length > 0 && commandLine(me.id, issuer)}`,
})

const waitingCard = (waiting: number): Html =>
  waiting === 0
    ? html`<section class="card"><h2>Waiting for you</h2><p class="soft" data-say>Nothing waits for your answer. When an agent needs your yes, it appears here.</p><p><a class="tile" href="/approvals">What was asked before</a></p></section>`
    : html`<section class="card state warn"><h2>Waiting for you</h2><p class="big" data-say>${waiting === 1 ? 'One request waits' : `${waiting} requests wait`} for your answer</p><p><a class="button" href="/approvals">${waiting === 1 ? 'Look at it' : 'Look at them'}</a></p></section>`

const agentsCard = (agents: readonly MyAgent[]): Html =>
  html`<section class="card"><h2>Agents that may act for you</h2>
${
  agents.length === 0
    ? html`<p class="soft">None. When you sign in to an agent and say yes, or an administrator assigns one to you, it is listed here.</p>`
    : html`<ul class="plain rows">${agents.slice(0, SHOWN).map(({ name, status }) => html`<li class="row"><span>${name}</span>${agentBadge(status)}</li>`)}</ul>
<p><a class="tile" href="/my/agents">${agents.length > SHOWN ? `See all ${agents.length}` : 'See what they do and take it back'}</a></p>`
}</section>`

const SHOWN = 5

const place = ({ name, path, about }: Home['places'][number]): Html =>
  html`<li><a class="go" href="${path}"><h3>${name}</h3><span class="soft">${about}</span></a></li>`

const command = (text: string): Html => html`<pre class="command"><code>${text}</code></pre>`

const commandLine = (id: string, issuer: string): Html => html`<details class="card small">
<summary>For developers: the command line</summary>
<p>Your id is <code>${id}</code>.</p>
<h3>Sign in</h3>
${command(`npx mandate login --issuer ${issuer}`)}
<h3>See who and what is known here</h3>
${command('npx mandate api GET /users')}
${command('npx mandate api GET /agents')}
<h3>See what was tried, and how it ended</h3>
${command('npx mandate api GET /audit/events')}
</details>`
