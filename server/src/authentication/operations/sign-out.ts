// A person leaves: the session that the cookie names ends, with everything that was issued from it.
import { z } from 'zod'
import { operation, refuseForeignSite } from '../../pipeline/index.ts'
import { Browser } from '../browser.ts'
import { type Ground, PageOutput } from '../ground.ts'
import { clearedCookies } from '../session-cookie.ts'

export const signOut = ({ sessions, issuer }: Ground) =>
  operation({
    id: 'authentication.sign-out',
    summary: 'Sign out of this browser.',
    audit: 'act',
    input: z.strictObject({ browser: Browser }),
    output: PageOutput,
    asks: () => [{ action: 'sign-out', resource: 'self:session' }],
    prepare: (_, { browser }) => refuseForeignSite(issuer, browser),
    async run({ tx, note, identified }, { browser }) {
      const user = await sessions.endNamed(tx, browser.cookie, 'signed_out')
      if (user) {
        note({ user })
        identified()
      }
      return { location: '/sign-in', cookies: clearedCookies(issuer) }
    },
  })
