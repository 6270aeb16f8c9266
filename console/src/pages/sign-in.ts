// The sign-in form; after a refusal, the same form with the reason and the address as it was typed.
import type { Page } from '../frame.ts'
import { html } from '../html.ts'
import { refused } from '../parts/notice.ts'

/** Pages of a client's sign-in: the browser may be sent from there to the client. */
const TO_A_CLIENT = '/interaction/'

// Browsers hold every redirect that follows a form to the form's own `form-action` (CSP 3 §6.4.2); which client it will
// be is only known after the sign-in.
const ANY_CLIENT = ['https:', 'http://localhost:*', 'http://127.0.0.1:*']

export interface SignInForm {
  returnTo: string
  email: string
  refusal?: string
}

export const signInPage = ({ returnTo, email, refusal }: SignInForm): Page => ({
  title: 'Sign in',
  narrow: true,
  formTargets: returnTo.startsWith(TO_A_CLIENT) ? ANY_CLIENT : [],
  body: html`<div class="card">
<h1>Sign in</h1>
${refused(refusal)}
<form method="post" action="/sign-in">
<input type="hidden" name="return_to" value="${returnTo}">
<div class="field"><label for="email">E-mail address</label>
<input id="email" name="email" type="email" value="${email}" autocomplete="username" required maxlength="254"></div>
<div class="field"><label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="1024"></div>
<div class="actions"><button>Sign in</button></div>
</form>
</div>`,
})
