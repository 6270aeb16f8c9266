// The authorization endpoint: the person signs in, says yes or no, and is sent back with a code or an error.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AuthorizationRequest, type ReturnAddress, readAuthorizationRequest } from './authorization-request.ts'
import type { Browsers } from './browsers.ts'
import type { Clients } from './clients.ts'
import { isSecret } from './credential.ts'
import type { Grants } from './grants.ts'
import { consentPage, problemPage, sendPage, signInPage } from './pages.ts'
import { formOf } from './parameters.ts'
import { Refusal } from './refusal.ts'
import type { User } from './seed.ts'

export interface FrontDesk {
  issuer: string
  clients: Clients
  users: readonly User[]
  grants: Grants
  browsers: Browsers
}

interface Turn {
  desk: FrontDesk
  request: IncomingMessage
  response: ServerResponse
}

/** The form a person sent, with what they are answering. */
interface Answering extends Turn {
  form: ReadonlyMap<string, string>
  browser: string
  visit: string
  asked: AuthorizationRequest
}

/** `GET /authorize` */
export async function authorize(turn: Turn & { query: URLSearchParams }): Promise<void> {
  await forPerson(turn, () => {
    const { desk, request, response, query } = turn
    const asked = readAuthorizationRequest(desk.clients, query)
    if ('error' in asked) {
      const { error, error_description } = asked
      return goBack(turn, asked, { error, error_description })
    }
    const browser = desk.browsers.of(request, response)
    const visit = desk.browsers.begin(browser, asked)
    const user = desk.browsers.user(browser)
    sendPage(response, 200, user ? consentPage({ visit, asked }, user) : signInPage({ visit, asked }))
  })
}

/** `POST /authorize/sign-in` */
export async function signIn(turn: Turn): Promise<void> {
  await forPerson(turn, async () => {
    const { desk, response, form, visit, asked } = await answering(turn)
    const [email, password] = [form.get('email') ?? '', form.get('password') ?? '']
    const user = desk.users.find((one) => one.email.toLowerCase() === email.trim().toLowerCase())
    // An unknown person takes the same path as a wrong password.
    const right = isSecret(password, user?.password ?? '')
    if (!user || !right) {
      return sendPage(response, 401, signInPage({ visit, asked }, 'E-mail address and password do not match.'))
    }
    desk.browsers.signIn(visit, user, response)
    sendPage(response, 200, consentPage({ visit, asked }, user))
  })
}

/** `POST /authorize/decision` */
export async function decide(turn: Turn): Promise<void> {
  await forPerson(turn, async () => {
    const { desk, response, form, browser, visit, asked } = await answering(turn)
    const decision = form.get('decision')
    if (decision === 'other') desk.browsers.signOut(browser)
    const user = desk.browsers.user(browser)
    if (!user) return sendPage(response, 200, signInPage({ visit, asked }))
    if (decision !== 'allow' && decision !== 'deny') throw new Refusal(400, 'invalid_request', 'Answer yes or no.')
    desk.browsers.finish(visit)
    if (decision === 'deny') {
      return goBack(turn, asked, { error: 'access_denied', error_description: 'The person said no.' })
    }
    const { client, scopes, redirect_uri, challenge } = asked
    const code = desk.grants.grant({ user: user.email, client: client.id, scopes, redirect_uri, challenge })
    goBack(turn, asked, { code })
  })
}

async function answering(turn: Turn): Promise<Answering> {
  const { desk, request, response } = turn
  const form = await formOf(request)
  const browser = desk.browsers.of(request, response)
  const visit = form.get('visit') ?? ''
  const asked = desk.browsers.visit(visit, browser)
  if (!asked) throw new Refusal(400, 'invalid_request', 'This page is too old, or of another browser. Start again.')
  return { ...turn, form, browser, visit, asked }
}

/** What cannot be sent back to a client is told to the person. */
async function forPerson({ response }: Turn, run: () => void | Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    sendPage(response, error.status, problemPage(error.message))
  }
}

function goBack(
  { desk, response }: Turn,
  { redirect_uri, state }: ReturnAddress,
  answer: Record<string, string>,
): void {
  // RFC 9207 §2: errors name the issuer too.
  const added = new URLSearchParams({ ...answer, ...(state !== undefined && { state }), iss: desk.issuer })
  // Appended as text, so that what was registered arrives as it was registered.
  const location = `${redirect_uri}${redirect_uri.includes('?') ? '&' : '?'}${added}`
  response.writeHead(303, { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).end()
}
