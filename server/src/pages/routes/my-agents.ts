// Agents that act for me, my accounts, and taking each back.
import { myAgentsPage, type Page } from '@mandate/console'
import type { ConnectedAccounts, MyAgents } from '@mandate/contract'
import type { z } from 'zod'
import { orAgain } from '../again.ts'
import type { PageRoute } from '../mount.ts'
import type { Visit } from '../visit.ts'

const HERE = '/my/agents'
const DONE: Readonly<Record<string, string>> = {
  withdrawn: 'It can do nothing more in your name.',
  disconnected: 'No agent can use that account any more.',
}

async function page(visit: Visit, refusal?: string): Promise<Page> {
  const { items } = await visit.do<z.infer<typeof MyAgents>>('oauth.list-my-agents')
  const accounts = await visit.may<z.infer<typeof ConnectedAccounts>>('token-vault.list-my-accounts')
  const notice = DONE[visit.query.done ?? '']
  return myAgentsPage({
    ...{ agents: items, accounts: accounts?.items, now: visit.now },
    ...(refusal !== undefined && { refusal }),
    ...(notice !== undefined && { notice }),
  })
}

const ending = (path: string, guard: string, word: string, input: (visit: Visit) => Record<string, unknown>) =>
  ({
    method: 'POST',
    path,
    guard,
    view: (visit) =>
      orAgain(
        async () => {
          await visit.do(guard, input(visit))
          return { location: `${HERE}?done=${word}` }
        },
        (refusal) => page(visit, refusal),
      ),
  }) satisfies PageRoute

export const myAgentsRoutes: readonly PageRoute[] = [
  { method: 'GET', path: HERE, guard: 'oauth.list-my-agents', view: (visit) => page(visit) },
  ending('/my/agents/{agent}/withdraw', 'oauth.withdraw-consent', 'withdrawn', ({ path }) => ({ agent: path.agent })),
  ending('/my/accounts/{id}/disconnect', 'token-vault.disconnect-account', 'disconnected', ({ path }) => ({
    id: path.id,
  })),
]
