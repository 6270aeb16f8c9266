// The pages where a person says yes or no: to an agent that wants to act for them, and to a program on their machine
// that wants to manage the house as them. Who asks, for what, and where they go on to.
import type { Page } from '../frame.ts'
import { type Html, html } from '../html.ts'
import { type Fact, facts } from '../parts/facts.ts'
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
  return question(
    { uid, redirectUri },
    {
      title: `Let ${visibleWords(agent.name)} act for you?`,
      heading: html`Let ${visibleText(agent.name)} act for you?`,
      about: html`You are ${person}. ${visibleText(agent.name)} is an AI agent. It will act in your name, never beyond what you may do yourself, and you can take this back at any time.`,
      known: [
        ['What it is for', html`<span class="prose">${visibleText(agent.purpose)}</span>`],
        ['Who answers for it', listed(owners)],
      ],
      yes: 'Yes, let it act for me',
    },
  )
}

export interface ProgramConsent {
  uid: string
  person: string
  /** Where what it gets is good. */
  resources: readonly string[]
  scopes: readonly string[]
  redirectUri: string
}

export function programPage({ uid, person, resources, scopes, redirectUri }: ProgramConsent): Page {
  const title = 'Let a program on this machine manage the house as you?'
  return question(
    { uid, redirectUri },
    {
      ...{ title, heading: html`${title}` },
      about: html`You are ${person}. A program that says it is the Mandate command line asks to manage the house in your name. Any program on this machine can ask like this, an AI agent too. Say yes only if you have just run <code>mandate login</code> yourself.`,
      known: [
        ['What it may do', scopes.includes('admin') ? 'Everything that your roles allow (admin)' : listed(scopes)],
        ['Where', listed(resources)],
        ['What it may not do', 'Answer approvals: that is done on these pages only'],
      ],
      yes: 'Yes, let it manage the house as me',
    },
  )
}

interface Asked {
  uid: string
  redirectUri: string
}

interface Words {
  title: string
  heading: Html
  about: Html
  known: readonly Fact[]
  yes: string
}

function question({ uid, redirectUri }: Asked, { title, heading, about, known, yes }: Words): Page {
  const redirect = new URL(redirectUri)
  return {
    title,
    narrow: true,
    formTargets: [redirect.origin],
    body: html`<div class="card">
<h1>${heading}</h1>
<p class="soft">${about}</p>
${facts([...known, ['You go on to', redirect.host]])}
<form method="post" action="/interaction/${uid}" class="actions">
<button name="answer" value="deny" class="quiet">No</button>
<button name="answer" value="allow">${yes}</button>
</form>
</div>`,
  }
}
