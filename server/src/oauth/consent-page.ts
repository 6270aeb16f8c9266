// The page where a person says yes or no to an agent: who asks, who answers for it, what it may reach.

import { html, type Page } from '@mandate/console'
import type { Agents } from '../agents/index.ts'
import type { Session } from '../authentication/index.ts'
import type { People } from '../directory/index.ts'
import type { AgentId } from '../kernel/ids.ts'

export interface Consent {
  agent: AgentId
  session: Session
  details: { uid: string; params: Record<string, unknown> }
}

export function consentPage(
  { agents, people }: { agents: Agents; people: People },
  { agent, session, details: { uid, params } }: Consent,
): Page {
  const known = agents.agent(agent)
  const owners = agents.accountable(agent).map((id) => people.person(id)?.name ?? people.person(id)?.email ?? id)
  const redirect = new URL(String(params.redirect_uri))
  const you = people.person(session.user)
  return {
    title: `Let ${known?.name ?? 'this agent'} act for you?`,
    formTargets: [redirect.origin],
    body: html`<div class="card">
<h1>Let ${known?.name} act for you?</h1>
<p class="soft">You are ${you?.name ?? you?.email}. It is an AI agent. It will act in your name, never beyond what you may do yourself, and you can take this back at any time.</p>
<dl>
<dt>What it is for</dt><dd>${known?.purpose}</dd>
<dt>Who answers for it</dt><dd>${owners.join(', ')}</dd>
<dt>You go on to</dt><dd>${redirect.host}</dd>
</dl>
<form method="post" action="/interaction/${uid}" class="actions">
<button name="answer" value="deny" class="plain">No</button>
<button name="answer" value="allow">Yes, let it act for me</button>
</form>
</div>`,
  }
}
