// The audit log: what was tried, by whom for whom, and how it ended; filtered by a form, a page at a time.
import { type AuditEvent, AuditOutcome } from '@mandate/contract'
import type { Page } from '../frame.ts'
import { type Html, html } from '../html.ts'
import { badge } from '../parts/badge.ts'
import { empty } from '../parts/empty.ts'
import { eventSentence, outcomeOf } from '../parts/event-words.ts'
import { facts } from '../parts/facts.ts'
import type { Names } from '../parts/names.ts'
import { refused } from '../parts/notice.ts'
import { ago, exactly } from '../parts/time.ts'

/** As the form says it; `looking` is `shown` where what people only looked at is wanted too. */
export type AuditFilter = Readonly<
  Partial<Record<'agent' | 'user' | 'task' | 'action' | 'outcome' | 'looking', string>>
>

export interface AuditView {
  filter: AuditFilter
  events: readonly AuditEvent[]
  next: string | null
  names: Names
  issuer: string
  now: number
  refusal?: string
}

export const auditPage = ({ filter, events, next, names, issuer, now, refusal }: AuditView): Page => ({
  title: 'Audit',
  wide: true,
  body: html`<div class="head"><h1>Audit</h1><p class="soft">What was tried, by whom and for whom, and how it ended; newest first.</p></div>
${refused(refusal)}
<form class="card" method="get" action="/audit" aria-label="Filter">
<div class="filters">
${field('agent', 'Agent', filter.agent, 'known-agents')}${field('user', 'For whom', filter.user, 'known-people')}
${field('action', 'Action', filter.action)}${field('task', 'Task', filter.task)}
<div class="field"><label for="outcome">How it ended</label><select id="outcome" name="outcome"><option value="">Any way</option>${AuditOutcome.options.map(
    (outcome) =>
      html`<option value="${outcome}"${outcome === filter.outcome && html` selected`}>${outcomeOf({ outcome })[0]}</option>`,
  )}</select></div>
</div>
${options('known-agents', 'agt_', names)}${options('known-people', 'usr_', names)}
<div class="field check"><input type="checkbox" id="looking" name="looking" value="shown"${filter.looking !== undefined && html` checked`}><label for="looking">Show also what people only looked at</label></div>
<div class="actions start"><button>Show</button>${Object.keys(filter).length > 0 && html`<a class="button quiet" href="/audit">Show everything</a>`}</div>
</form>
${
  events.length === 0
    ? empty('Nothing is on record', 'No event fits. Leave a field empty to see more.')
    : html`<section class="card"><h2 class="seen">Events</h2><ul class="plain rows">${events.map((event) => row(event, names, now))}</ul></section>`
}
${next !== null && html`<p><a class="button quiet" href="/audit?${new URLSearchParams({ ...filter, cursor: next }).toString()}">Older events</a></p>`}
${proof(issuer)}`,
})

const field = (name: string, label: string, value = '', list?: string): Html =>
  html`<div class="field"><label for="${name}">${label}</label><input id="${name}" name="${name}" value="${value}" maxlength="400" autocomplete="off"${list !== undefined && html` list="${list}"`}></div>`

const options = (id: string, prefix: string, names: Names): Html =>
  html`<datalist id="${id}">${[...names].flatMap(([id, name]) => (id.startsWith(prefix) ? [html`<option value="${id}">${name}</option>`] : []))}</datalist>`

const row = (event: AuditEvent, names: Names, now: number): Html => html`<li>
<div class="row"><span>${eventSentence(event, names)} <span class="soft small">${ago(event.at, now)}</span></span>${badge(...outcomeOf(event))}</div>
<details class="small"><summary>Details<span class="seen"> of event ${event.id}</span></summary>${details(event)}</details></li>`

const code = (text: string | undefined): Html | undefined =>
  text === undefined ? undefined : html`<code>${text}</code>`

const details = ({ id, at, kind, operation, principal, questions = [], ...event }: AuditEvent): Html =>
  facts([
    ['When', exactly(at)],
    ['Event', html`<code>${id}</code> (${kind})`],
    ['Operation', code(operation)],
    ['On behalf of', code(principal?.sub)],
    ['Agents, acting first', principal && principal.act.length > 0 ? code(principal.act.join(' ← ')) : undefined],
    ['Client', code(principal?.client_id)],
    [
      'Task',
      principal?.txn === undefined
        ? undefined
        : html`<a href="/audit?task=${encodeURIComponent(principal.txn)}"><code>${principal.txn}</code></a>`,
    ],
    ['Who answered for it', event.accountable && code(event.accountable.join(', '))],
    [
      'Asked',
      questions.length > 0
        ? code(questions.map(({ action, resource }) => `${action} on ${resource}`).join('; '))
        : undefined,
    ],
    ['Reasons', event.reasons && event.reasons.length > 0 ? code(event.reasons.join(', ')) : undefined],
    ['Facts', event.facts && Object.keys(event.facts).length > 0 ? code(JSON.stringify(event.facts)) : undefined],
    ['Attempt', code(event.attempt)],
    ['Request', code(event.correlation)],
    ['From', code(event.remote)],
    ['Not written one by one', event.suppressed],
    ['Lost', event.lost],
  ])

const proof = (
  issuer: string,
): Html => html`<details class="card small"><summary>Prove it: nothing was changed, removed or reordered</summary>
<p>Every event is a leaf of a tree whose root is signed within a second. Anyone with the log’s public key can check all of it without trusting this server:</p>
<pre class="command"><code>npx mandate login --issuer ${issuer}
npx mandate audit verify --save checkpoint.txt</code></pre>
<p class="soft">Keep that file somewhere else. Checked again later with <code>--since checkpoint.txt</code>, it also proves that nothing of before is missing or different.</p></details>`
