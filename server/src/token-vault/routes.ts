// Method, path, operation.
import type { RouteTable } from '../pipeline/index.ts'
import type { Accounts } from './accounts.ts'
import { connectReply } from './connect-reply.ts'
import { disconnect, removeMyAccount } from './operations/disconnect.ts'
import { finishConnect } from './operations/finish-connect.ts'
import { readMyAccounts } from './operations/my-accounts.ts'
import { showConnect } from './operations/show-connect.ts'
import { startConnect } from './operations/start-connect.ts'

export const tokenVaultRoutes = ({ ground }: Pick<Accounts, 'ground'>): readonly RouteTable[] => [
  {
    tag: 'token-vault',
    base: '/api/v1',
    audience: '/api',
    routes: [
      { method: 'GET', path: '/me/accounts', operation: readMyAccounts(ground) },
      { method: 'DELETE', path: '/me/accounts/{id}', operation: removeMyAccount(ground) },
    ],
  },
  {
    tag: 'token-vault',
    base: '',
    audience: 'session',
    reply: connectReply,
    // A form's own fields never stand in for the path.
    read: ({ query, body, params }) => ({ ...(query as object), ...(body as object | null), ...(params as object) }),
    routes: [
      { method: 'GET', path: '/connect/{connection}', operation: showConnect(ground) },
      { method: 'POST', path: '/connect/{connection}', operation: startConnect(ground) },
      { method: 'GET', path: '/connect/{connection}/callback', operation: finishConnect(ground) },
      { method: 'POST', path: '/connect/{connection}/disconnect', operation: disconnect(ground) },
    ],
  },
]
