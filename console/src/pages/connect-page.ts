// Where a person connects their account at another system: what for, what agents may do with it, and one button.
import type { AccountStatus } from '@mandate/contract'
import type { Page } from '../frame.ts'
import { type Html, html } from '../html.ts'

export interface ConnectView {
  /** Name of the connection. */
  connection: string
  /** Host of the system that agents reach through it. */
  system: string
  /** Where the person says yes: the provider's authorization endpoint. */
  provider: URL
  scopes: readonly string[]
  /** What agents may be allowed to call, as declared. */
  tools: readonly { name: string; effect: string }[]
  account: { status: AccountStatus; connectedAt: string } | undefined
  returnTo: string
}

export const connectPage = (view: ConnectView): Page => ({
  title: `Connect ${view.connection}`,
  // Providers send people on to other addresses of theirs, and browsers hold every redirect after a form to this list.
  formTargets: view.provider.protocol === 'https:' ? ['https:'] : [view.provider.origin],
  body: html`<div class="card">
<h1>${heading(view)}</h1>
<p class="soft">${explanation(view)}</p>
<dl>
<dt>The system</dt><dd>${view.system}</dd>
<dt>You say yes at</dt><dd>${view.provider.host}</dd>
<dt>What you are asked for there</dt><dd>${view.scopes.length > 0 ? view.scopes.join(', ') : 'what the provider gives by default'}</dd>
${view.account && html`<dt>Connected since</dt><dd>${view.account.connectedAt.slice(0, 10)}</dd>`}
</dl>
${tools(view)}
${buttons(view)}
</div>`,
})

const heading = ({ connection, account }: ConnectView): string => {
  if (account?.status === 'connected') return `Your ${connection} account is connected`
  return account ? `Connect your ${connection} account again` : `Connect your ${connection} account`
}

const explanation = ({ account, connection }: ConnectView): string =>
  account?.status === 'needs_reconnect'
    ? `Access to ${connection} has ended or was changed. Agents can do nothing there for you until you connect it again.`
    : 'Agents that you let act for you can then use it through Mandate, within what an administrator allows each of them. ' +
      'They never see your password or a key of yours; every call is recorded, and you can disconnect at any time.'

function tools({ tools, connection }: ConnectView): Html {
  if (tools.length === 0)
    return html`<p>Nobody has declared yet what can be called at ${connection}; what is not declared counts as irreversible.</p>`
  return html`<h2>What agents may be allowed to do with it</h2>
<ul>${tools.map(({ name, effect }) => html`<li><code>${name}</code> (${effect})</li>`)}</ul>`
}

function buttons({ connection, account, returnTo }: ConnectView): Html {
  const path = `/connect/${connection}`
  const hidden = html`<input type="hidden" name="return_to" value="${returnTo}">`
  if (account?.status === 'connected')
    return html`<form method="post" action="${path}/disconnect" class="actions">${hidden}<button class="plain">Disconnect</button></form>`
  return html`<form method="post" action="${path}" class="actions">${hidden}<button>${account ? 'Connect again' : 'Connect'}</button></form>`
}
