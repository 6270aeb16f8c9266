// The page where a person says yes or no to an agent: who asks, who answers for it, where they go on to.
import type { Page } from '../frame.ts'
import { html } from '../html.ts'
import { facts } from '../parts/facts.ts'
import { listed } from '../parts/names.ts'
import { visibleText, visibleWords } from '../parts/visible-text.ts'

export interface Consent {
  uid: string
  agent: { name: string; purpose: string }
  owners: readonly string[]
  person: string
  redirectUri: string
}

export function consentPage({ uid, agent, owners, person, redirectUri }: Consent): Page {
  const redirect = new URL(redirectUri)
  return {
    title: `Let ${visibleWords(agent.name)} act for you?`,
    narrow: true,
    formTargets: [redirect.origin],
    body: html`<div class="card">
<h1>Let ${visibleText(agent.name)} act for you?</h1>
<p class="soft">You are ${person}. ${visibleText(agent.name)} is an AI agent. It will act in your name, never beyond what you may do yourself, and you can take this back at any time.</p>
${facts([
  ['What it is for', html`<span class="prose">${visibleText(agent.purpose)}</span>`],
  ['Who answers for it', listed(owners)],
  ['You go on to', redirect.host],
])}
<form method="post" action="/interaction/${uid}" class="actions">
<button name="answer" value="deny" class="quiet">No</button>
<button name="answer" value="allow">Yes, let it act for me</button>
</form>
</div>`,
  }
}
