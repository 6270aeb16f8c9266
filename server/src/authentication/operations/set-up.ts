// The first administrator makes themselves known, with a link that works once and only while there is nobody.
import { setupPage } from '@mandate/console'
import { NewUser } from '@mandate/contract'
import { z } from 'zod'
import { anyUser } from '../../directory/index.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation, refuseForeignSite } from '../../pipeline/index.ts'
import type { Transaction } from '../../platform/database/index.ts'
import { Browser } from '../browser.ts'
import { insertAdmin } from '../first-admin.ts'
import { type Ground, PageOutput } from '../ground.ts'
import { hashPassword } from '../passwords.ts'
import { sessionCookies } from '../session-cookie.ts'
import { consumeSetupLink, lockFirstAdmin, setupLinkLives } from '../store.ts'
import { hashOf } from '../tokens.ts'

const token = z.string().max(200)
const { email, name, password } = NewUser.shape

const dead = () =>
  new Problem('not_found', {
    detail:
      'This setup link does not work any more: it was used, it is older than 24 hours, or an administrator exists. ' +
      'Sign in, or restart Mandate for a new link.',
  })

const usable = async (tx: Transaction, hash: string, now: number): Promise<boolean> =>
  (await setupLinkLives(tx, hash, now)) && !(await anyUser(tx))

export const showSetup = operation({
  id: 'authentication.show-setup',
  summary: 'The page on which the first administrator is made.',
  audit: 'question',
  // A link without its token is as dead as a used one.
  input: z.object({ token: token.catch('') }),
  output: PageOutput,
  asks: () => [],
  async run({ tx, now }, { token }) {
    if (!(await usable(tx, hashOf(token), now))) throw dead()
    return setupPage({ token, email: '', name: '' })
  },
})

export const setUp = ({ database, sessions, issuer, position }: Ground) =>
  operation({
    id: 'authentication.set-up',
    summary: 'Make the first administrator and sign them in.',
    audit: 'act',
    input: z.strictObject({
      token,
      email,
      name: z.preprocess((given) => (given === '' ? undefined : given), name),
      password: password.unwrap(),
      browser: Browser,
    }),
    output: PageOutput,
    asks: () => [{ action: 'set-up', resource: 'self:session' }],
    async prepare({ now }, { browser, token, password }) {
      refuseForeignSite(issuer, browser)
      // Looked at before as well, so that nobody without a link makes us hash.
      if (!(await database.transaction((tx) => usable(tx, hashOf(token), now)))) throw dead()
      return { position: position(), hash: await hashPassword(password) }
    },
    async run({ tx, prepared, now, remote, note, identified }, { browser, token, email, name }) {
      await lockFirstAdmin(tx)
      if ((await anyUser(tx)) || !(await consumeSetupLink(tx, hashOf(token), now))) throw dead()
      const user = await insertAdmin(tx, { email, name: name ?? null, hash: prepared.hash, now })
      await sessions.endNamed(tx, browser.cookie, 'signed_in_again')
      const cookie = await sessions.begin(tx, { user, amr: ['pwd'], position: prepared.position, remote })
      note({ user, amr: 'pwd' })
      identified()
      return { location: '/', cookies: sessionCookies(issuer, cookie) }
    },
  })
