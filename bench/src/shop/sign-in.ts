// A person signs in at an agent's client and lets it act: the token that exchanges begin with.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'

export interface SignIn {
  issuer: string
  agent: { id: string; secret: string; redirect: string }
  person: { email: string; password: string }
  /** Without it the token is opaque, good at userinfo. */
  resource?: string
}

export async function signIn({ issuer, agent, person, resource }: SignIn): Promise<string> {
  const verifier = 'v'.repeat(64)
  const url = new URL(`${issuer}/authorize`)
  url.search = new URLSearchParams({
    client_id: agent.id,
    redirect_uri: agent.redirect,
    response_type: 'code',
    scope: 'openid',
    state: 's',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(resource && { resource }),
  }).toString()
  const code = new URL(await landing(url.href, person)).searchParams.get('code')
  assert.ok(code, 'the sign-in gave no code')
  const answer = await token(issuer, agent, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: agent.redirect,
    code_verifier: verifier,
    ...(resource && { resource }),
  })
  return answer.access_token
}

/** Follows redirects and answers forms as the person would, until an address outside the server comes. */
async function landing(start: string, person: SignIn['person']): Promise<string> {
  const cookies = new Map<string, string>()
  const home = new URL(start).origin
  let at = start
  let form: Record<string, string> | undefined
  for (let hops = 0; hops < 20; hops++) {
    const reply = await fetch(at, {
      redirect: 'manual',
      headers: { origin: home, cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const line of reply.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s)
      cookies.set(name, value)
    }
    const page = await reply.text()
    const next = reply.headers.get('location')
    form = next === null ? filled(page, at, person) : undefined
    at = new URL(next ?? /<form[^>]*action="([^"]*)"/.exec(page)?.[1] ?? '', at).href
    if (new URL(at).origin !== home) return at
  }
  throw new Error(`the sign-in at ${start} does not end`)
}

function filled(page: string, at: string, { email, password }: SignIn['person']): Record<string, string> {
  const hidden = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name, value.replaceAll('&amp;', '&')],
  )
  assert.ok(page.includes('<form'), `no form at ${at}: ${page}`)
  return {
    ...Object.fromEntries(hidden),
    ...(at.includes('/interaction/') ? { answer: 'allow' } : { email, password }),
  }
}

export const basic = ({ id, secret }: { id: string; secret: string }): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`

export async function token(
  issuer: string,
  client: { id: string; secret: string },
  form: Record<string, string>,
): Promise<{ access_token: string }> {
  const reply = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { authorization: basic(client) },
  })
  const answer = await reply.json()
  assert.equal(reply.status, 200, JSON.stringify(answer))
  return answer as { access_token: string }
}
