// A person proves who they are with their password; a new session begins and the browser's old one ends.
import { z } from 'zod'
import { findUserByEmail } from '../../directory/index.ts'
import type { UserId } from '../../kernel/ids.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation, refuseForeignSite } from '../../pipeline/index.ts'
import { Browser } from '../browser.ts'
import { type Ground, PageOutput } from '../ground.ts'
import { passwordMatches } from '../passwords.ts'
import { ReturnTo } from '../return-to.ts'
import { sessionCookies } from '../session-cookie.ts'
import { findPasswordHash } from '../store.ts'
import { type Attempt, beginAttempt, succeeded } from '../throttle.ts'

const SignIn = z.strictObject({
  email: z.string().trim().toLowerCase().min(1, 'must not be empty').max(254),
  password: z.string().min(1, 'must not be empty').max(1024),
  return_to: ReturnTo,
  browser: Browser,
})

/**
 * A sign-in on the way to a client is four requests before the person is known, and one after it. Given back, an office
 * behind one address is not slowed down by its own people.
 */
const SIGN_IN_REQUESTS = 5

interface Proven {
  user: UserId
  position: number
  attempt: Attempt
}

export const signIn = (given: Ground) =>
  operation({
    id: 'authentication.sign-in',
    summary: 'Sign in with a password.',
    audit: 'act',
    input: SignIn,
    output: PageOutput,
    asks: () => [{ action: 'sign-in', resource: 'self:session' }],
    prepare: ({ now, remote }, { browser, email, password }) => {
      refuseForeignSite(given.issuer, browser)
      return prove(given, { email, password, remote, now })
    },
    async run({ tx, prepared: { user, position, attempt }, now, remote, note, identified }, { browser, return_to }) {
      await succeeded(tx, attempt, now)
      await given.sessions.endNamed(tx, browser.cookie, 'signed_in_again')
      const token = await given.sessions.begin(tx, { user, amr: ['pwd'], position, remote })
      note({ user, amr: 'pwd' })
      identified(SIGN_IN_REQUESTS)
      return { location: return_to, cookies: sessionCookies(given.issuer, token) }
    },
  })

// Unknown address, no password, wrong password, deactivated: one answer, after the same steps.
async function prove(
  { database, position }: Ground,
  { email, password, ...from }: { email: string; password: string; remote: string; now: number },
): Promise<Proven> {
  // The position first: a deactivation that commits after the look below has a higher one and kills the session.
  const before = position()
  const { attempt, person, hash } = await database.transaction(async (tx) => {
    const attempt = await beginAttempt(tx, { email, ...from })
    const person = await findUserByEmail(tx, email)
    return { attempt, person, hash: await findPasswordHash(tx, person?.id ?? 'usr_nobody') }
  })
  const right = await passwordMatches(hash, password)
  if (!person || !right || person.status !== 'active')
    throw new Problem('unauthenticated', { detail: 'The e-mail address or the password is not right.' })
  return { user: person.id, position: before, attempt }
}
