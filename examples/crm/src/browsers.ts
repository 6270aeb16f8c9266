// The browsers in front of our pages: who is signed in there, and which authorization requests they are answering.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AuthorizationRequest } from './authorization-request.ts'
import { newSecret } from './credential.ts'
import type { User } from './seed.ts'

const COOKIE = 'crm_browser'
const VISIT_LIFE_MS = 10 * 60_000

interface Visit {
  browser: string
  asked: AuthorizationRequest
  expires_at: number
}

export interface Browsers {
  /** The browser's id, from its cookie or a new one. */
  of(request: IncomingMessage, response: ServerResponse): string
  user(browser: string): User | undefined
  /** Signs the user in under a new id: one that was known before the password is worth nothing afterwards. */
  signIn(visit: string, user: User, response: ServerResponse): void
  signOut(browser: string): void
  /** Returns the visit's id. */
  begin(browser: string, asked: AuthorizationRequest): string
  /** What this browser is answering; a visit of another browser is none. */
  visit(id: string, browser: string): AuthorizationRequest | undefined
  /** The visit is answered: true once. */
  finish(id: string): boolean
}

export function createBrowsers(now: () => number): Browsers {
  const users = new Map<string, User>()
  const visits = new Map<string, Visit>()

  function remember(response: ServerResponse): string {
    const browser = newSecret('b')
    response.setHeader('set-cookie', `${COOKIE}=${browser}; Path=/authorize; HttpOnly; SameSite=Lax`)
    return browser
  }

  return {
    of({ headers }, response) {
      const known = new RegExp(`(?:^|; )${COOKIE}=([^;]+)`).exec(headers.cookie ?? '')?.[1]
      return known ?? remember(response)
    },
    user: (browser) => users.get(browser),
    signIn(id, user, response) {
      const visit = visits.get(id)
      if (!visit) return
      users.delete(visit.browser)
      visit.browser = remember(response)
      users.set(visit.browser, user)
    },
    signOut: (browser) => void users.delete(browser),
    begin(browser, asked) {
      for (const [id, { expires_at }] of visits) if (expires_at <= now()) visits.delete(id)
      const id = newSecret('visit')
      visits.set(id, { browser, asked, expires_at: now() + VISIT_LIFE_MS })
      return id
    },
    visit(id, browser) {
      const visit = visits.get(id)
      return visit && visit.browser === browser && visit.expires_at > now() ? visit.asked : undefined
    },
    finish: (id) => visits.delete(id),
  }
}
