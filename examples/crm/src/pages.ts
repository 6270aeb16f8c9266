// The three pages a person may see: sign in, say yes or no, and something is wrong.
import type { ServerResponse } from 'node:http'
import type { AuthorizationRequest } from './authorization-request.ts'
import { SCOPES } from './scopes.ts'
import type { User } from './seed.ts'

interface Shown {
  visit: string
  asked: AuthorizationRequest
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;background:#eef2f5;color:#1d2a35;margin:0;display:grid;place-items:center;min-height:100vh}
main{background:#fff;border-radius:10px;padding:2rem;width:min(24rem,calc(100vw - 4rem));box-shadow:0 2px 12px #1d2a3522}
h1{font-size:1.25rem;margin:0 0 1rem}label{display:block;margin:.75rem 0}
input{display:block;box-sizing:border-box;width:100%;font:inherit;padding:.5rem;border:1px solid #8796a3;border-radius:6px}
button{font:inherit;padding:.5rem 1rem;margin:1rem .5rem 0 0;border:1px solid #0b5c8a;border-radius:6px;background:#fff;color:#0b5c8a;cursor:pointer}
button.yes{background:#0b5c8a;color:#fff}[role=alert]{color:#a4161a}`

export function signInPage({ visit, asked }: Shown, problem?: string): string {
  return page(
    'Sign in to the CRM',
    `<p>${escaped(asked.client.name)} wants to use your account.</p>
${problem ? `<p role="alert">${escaped(problem)}</p>` : ''}
<form method="post" action="/authorize/sign-in">${hidden(visit)}
<label>E-mail address <input name="email" type="email" autocomplete="username" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button class="yes">Sign in</button>
</form>`,
  )
}

export function consentPage({ visit, asked }: Shown, user: User): string {
  const wishes = asked.scopes.map((scope) => `<li>${escaped(SCOPES[scope] ?? scope)}</li>`).join('')
  return page(
    `Let ${asked.client.name} use your account?`,
    `<p>You are ${escaped(user.name)} (${escaped(user.email)}). ${escaped(asked.client.name)} will be able to:</p>
<ul>${wishes}</ul>
<p>You go on to ${escaped(new URL(asked.redirect_uri).host)}.</p>
<form method="post" action="/authorize/decision">${hidden(visit)}
<button class="yes" name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
<button name="decision" value="other">Use another account</button>
</form>`,
  )
}

export const problemPage = (problem: string): string =>
  page('This does not work', `<p role="alert">${escaped(problem)}</p>`)

export function sendPage(response: ServerResponse, status: number, text: string): void {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    // No form-action: browsers apply it to the redirect that follows, and the client may send the person further on.
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  }
  response.writeHead(status, headers).end(text)
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escaped(title)}</h1>
${body}
</main></body></html>
`
}

const hidden = (visit: string): string => `<input type="hidden" name="visit" value="${escaped(visit)}">`

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
