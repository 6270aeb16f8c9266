// The form of the first administrator.
import type { Page } from '../frame.ts'
import { html } from '../html.ts'
import { refused } from '../parts/notice.ts'

export interface SetupForm {
  token: string
  email: string
  name: string
  refusal?: string
}

export const setupPage = ({ token, email, name, refusal }: SetupForm): Page => ({
  title: 'Set up',
  narrow: true,
  body: html`<div class="card">
<h1>Welcome to Mandate</h1>
<p class="soft">Nobody is known here yet. You will be the first administrator; you can add others afterwards.</p>
${refused(refusal)}
<form method="post" action="/setup">
<input type="hidden" name="token" value="${token}">
<div class="field"><label for="email">E-mail address</label>
<input id="email" name="email" type="email" value="${email}" autocomplete="username" required maxlength="254"></div>
<div class="field"><label for="name">Your name <span class="hint">(optional)</span></label>
<input id="name" name="name" value="${name}" autocomplete="name" maxlength="200"></div>
<div class="field"><label for="password">Password <span class="hint">(12 characters or more)</span></label>
<input id="password" name="password" type="password" autocomplete="new-password" required minlength="12" maxlength="1024"></div>
<div class="actions"><button>Become the administrator</button></div>
</form>
</div>`,
})
