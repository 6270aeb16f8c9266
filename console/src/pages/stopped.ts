// What stopping an agent came to, target by target, without claiming more than is known.
import type { LogoutTarget, UniversalLogout } from '@mandate/contract'
import type { Page } from '../frame.ts'
import { type Html, html } from '../html.ts'
import { badge, type Tone } from '../parts/badge.ts'
import { moment } from '../parts/time.ts'

export interface Stopped {
  agent: { id: string; name: string }
  /** Undefined where what it holds elsewhere could not be ended; `failure` says why. */
  logout: UniversalLogout | undefined
  failure?: string
  now: number
}

export const stoppedPage = ({ agent, logout, failure, now }: Stopped): Page => ({
  title: `${agent.name} is stopped`,
  body: html`<div class="head"><h1>${agent.name} is stopped</h1><p class="soft">It gets no token and no call through any more.</p></div>
${logout ? ended(logout, now) : html`<p class="notice" role="alert">What it holds elsewhere could not be ended: ${failure ?? 'no reason was given.'}</p>`}
<p><a class="button quiet" href="/agents/${agent.id}">Back to ${agent.name}</a></p>`,
})

const RESULTS: Readonly<Record<LogoutTarget['result'], [word: string, tone: Tone]>> = {
  revoked: ['Ended', 'good'],
  partial: ['Ended in part', 'warn'],
  pending: ['Still ending', 'warn'],
  unsupported: ['Cannot be ended there', 'warn'],
  failed: ['Could not be ended', 'bad'],
}

const SYSTEMS: Readonly<Record<string, string>> = {
  sessions: 'Sessions',
  grants: 'Sign-ins at its client',
  tokens: 'Tokens',
  'held-calls': 'Calls that were held',
  approvals: 'Requests for approval',
}

const systemOf = (system: string): string => SYSTEMS[system] ?? system.replace(/^token-vault:(.*)$/, 'Accounts at $1')

const ended = ({ confirmed, confirmed_at, replicas, targets }: UniversalLogout, now: number): Html => {
  const waiting = replicas.filter(({ state }) => state === 'waiting').length
  return html`<p class="notice ${confirmed ? 'good' : 'warn'}" role="status">${
    confirmed
      ? html`Every server that could let it through has confirmed that it will not${confirmed_at !== null && html`, ${moment(confirmed_at, now)}`}.`
      : `${waiting === 1 ? 'One server has' : `${waiting} servers have`} not confirmed it yet. A server that does not answer stops letting anyone through within seconds.`
  }</p>
<section class="card"><h2>What it held</h2>${
    targets.length === 0
      ? html`<p class="soft">It held nothing.</p>`
      : html`<ul class="plain rows">${targets.map((target) => row(target, now))}</ul>`
  }</section>`
}

const row = ({ system, result, count, until, detail }: LogoutTarget, now: number): Html =>
  html`<li class="row"><span><b>${systemOf(system)}</b> <span class="soft">(${count})</span>${until !== undefined && html`<br><span class="small">Goes on working until ${moment(until, now)} at the latest.</span>`}${detail !== undefined && html`<br><span class="soft small">${detail}</span>`}</span>${badge(...RESULTS[result])}</li>`
