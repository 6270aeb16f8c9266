// What an agent may do at one place: in three columns, by what happens when it tries.
import type { ManagedConnection, Mode } from '@mandate/contract'
import { type Html, html } from '../html.ts'
import { badge } from './badge.ts'
import { listed, type Names, nameOf } from './names.ts'
import { moment } from './time.ts'

const COLUMNS: readonly [mode: Mode, title: string][] = [
  ['auto', 'Without asking'],
  ['approval', 'Asks a person first'],
  ['never', 'Never'],
]

export const managed = (terms: ManagedConnection, names: Names, now: number): Html => html`<div class="target">
<div class="title"><h3>${nameOf(names, terms.target)}</h3>${terms.expires_at && Date.parse(terms.expires_at) <= now && badge('Lapsed', 'warn')}</div>
<div class="modes">${COLUMNS.map(([mode, title]) => column(terms, mode, title))}</div>
${terms.approval && asked(terms.approval, names)}
${terms.reason && html`<p class="soft small">Why it may act without asking: ${terms.reason}</p>`}
${terms.expires_at && html`<p class="soft small">Until ${moment(terms.expires_at, now)}.</p>`}
</div>`

function column({ scopes, default: rest }: ManagedConnection, mode: Mode, title: string): Html {
  const named = Object.keys(scopes).filter((scope) => scopes[scope] === mode)
  const others =
    rest === mode &&
    html`<li>${named.length === 0 ? 'Everything' : 'Everything else'}${Object.keys(scopes).length > named.length && named.length === 0 && ' that is not named'}</li>`
  return html`<div class="mode ${mode}"><h4>${title}</h4>${
    named.length === 0 && !others
      ? html`<p class="soft small">Nothing</p>`
      : html`<ul class="plain">${named.map((scope) => html`<li><code>${scope}</code></li>`)}${others}</ul>`
  }</div>`
}

type ApprovalTerms = NonNullable<ManagedConnection['approval']>
type Approvers = ApprovalTerms['approvers']

function asked({ approvers: who, above = {} }: ApprovalTerms, names: Names): Html {
  const limits = Object.entries(above)
  return html`<p class="soft small">Asked is ${approvers(who, names)}.${
    limits.length > 0 &&
    html` Nobody is asked while ${limits.map(([name, most], at) => html`${at > 0 && ' and '}<code>${name}</code> is at most ${most.toLocaleString('en-GB')}`)}.`
  }</p>`
}
const WHO = { user: 'the person it acts for', owners: 'who answers for it' }

const approvers = (given: Approvers, names: Names): string =>
  listed([given].flat().map((one) => (typeof one === 'string' ? WHO[one] : `the group ${nameOf(names, one.group)}`)))
