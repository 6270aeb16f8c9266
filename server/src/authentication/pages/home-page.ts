// Who you are here, and what to do next.

import { type Html, html, type Page } from '@mandate/console'
import type { Role } from '@mandate/contract'
import type { Person } from '../../directory/index.ts'

export interface Home {
  person: Person
  roles: readonly Role[]
  issuer: string
}

export const homePage = ({ person, roles, issuer }: Home): Page => ({
  title: 'Home',
  body: html`<div class="card">
<h1>Hello, ${person.name ?? person.email}</h1>
<dl>
<dt>Signed in as</dt><dd>${person.email}</dd>
<dt>Your id</dt><dd><code>${person.id}</code></dd>
<dt>Your roles</dt><dd>${roles.length > 0 ? roles.join(', ') : 'none'}</dd>
</dl>
<form method="post" action="/sign-out" class="actions"><button class="plain">Sign out</button></form>
</div>
<div class="card">
<h1>What to do next</h1>
${roles.length > 0 ? administering(issuer) : using}
</div>`,
})

const command = (text: string): Html => html`<pre><code>${text}</code></pre>`

const administering = (issuer: string): Html => html`<h2>Sign in on the command line</h2>
${command(`npx mandate login --issuer ${issuer}`)}
<h2>See who and what is known here</h2>
${command('npx mandate api GET /users')}
${command('npx mandate api GET /agents')}
<h2>See what was tried, and how it ended</h2>
${command('npx mandate api GET /audit/events')}`

const using = html`<p>You have no role in running this house, and you need none: agents that act for you will ask you here
first. If you should administer something, ask an administrator for a role.</p>`
