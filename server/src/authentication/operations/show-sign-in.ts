// The form to sign in with. It is shown to who is signed in too: a client may want them to sign in again.
import { signInPage } from '@mandate/console'
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { PageOutput } from '../ground.ts'
import { ReturnTo } from '../return-to.ts'

export const showSignIn = operation({
  id: 'authentication.show-sign-in',
  summary: 'The page to sign in on.',
  audit: 'question',
  input: z.object({ return_to: ReturnTo }),
  output: PageOutput,
  asks: () => [],
  reach: (_, { return_to }) => signInPage({ returnTo: return_to, email: '' }),
})
