// The token a service asks the engine with: fetched when it is needed, and again shortly before it expires.
import { Refused } from './refusals.ts'

export interface ClientCredentials {
  issuer: string
  clientId: string
  clientSecret: string
  /** `relationships:read` is enough for every retrieval. */
  scope?: string
  fetch?: typeof fetch
  now?: () => number
}

const EARLY_MS = 30_000

export function clientCredentials(given: ClientCredentials): () => Promise<string> {
  const { fetch: ask = fetch, now = Date.now, scope = 'relationships:read' } = given
  const issuer = given.issuer.replace(/\/$/, '')
  let token: Promise<{ value: string; until: number }> | undefined

  async function request() {
    const basic = `${encodeURIComponent(given.clientId)}:${encodeURIComponent(given.clientSecret)}`
    const answer = await ask(`${issuer}/oauth/token`, {
      method: 'POST',
      // The secret goes to the issuer alone.
      redirect: 'error',
      headers: { authorization: `Basic ${Buffer.from(basic).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: `${issuer}/fga`, scope }),
    })
    if (!answer.ok) throw new Refused('engine_failed', `No token for the engine: ${answer.status}.`)
    const { access_token, expires_in = 60 } = (await answer.json()) as { access_token: string; expires_in?: number }
    return { value: access_token, until: now() + expires_in * 1000 - EARLY_MS }
  }

  return async () => {
    const asked = token
    const held = await asked?.catch(() => undefined)
    if (held && held.until > now()) return held.value
    // Many find it expired at once; the first asks, the others wait for what it gets.
    if (token === asked) token = request()
    return (await (token as ReturnType<typeof request>)).value
  }
}
