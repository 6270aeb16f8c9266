// The front door.
import { homePage } from '@mandate/console'
import type { MyAgents } from '@mandate/contract'
import type { z } from 'zod'
import type { PageRoute } from '../mount.ts'
import { placesOf, waitingOf } from '../nav.ts'

export const homeRoutes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/',
    guard: 'authentication.get-me',
    async view(visit) {
      const me = await visit.me()
      const mine = await visit.may<z.infer<typeof MyAgents>>('oauth.list-my-agents')
      return homePage({
        ...{ me, agents: mine?.items, issuer: visit.issuer },
        waiting: await waitingOf(visit),
        places: await placesOf(visit),
      })
    },
  },
]
