// The form of the first administrator.
import { html, type Page } from '@mandate/console'

export interface SetupForm {
  token: string
  email: string
  name: string
  refusal?: string
}

export const setupPage = ({ token, email, name, refusal }: SetupForm): Page => ({
  title: 'Set up',
  body: html`<div class="card">
<h1>Welcome to Mandate</h1>
<p class="soft">Nobody is known here yet. You will be the first administrator; you can add others afterwards.</p>
${refusal !== undefined && html`<p class="notice" role="alert">${refusal}</p>`}
<form method="post" action="/setup">
<input type="hidden" name="token" value="${token}">
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" value="${email}" autocomplete="username" required maxlength="254">
<label for="name">Your name</label>
<input id="name" name="name" value="${name}" autocomplete="name" maxlength="200">
<label for="password">Password, 12 characters or more</label>
<input id="password" name="password" type="password" autocomplete="new-password" required minlength="12" maxlength="1024">
<div class="actions"><button>Become the administrator</button></div>
</form>
</div>`,
})
