// The page on which a person connects an account, or sees that it is connected.
import { connectPage } from '@mandate/console'
import { z } from 'zod'
import { ReturnTo } from '../../authentication/index.ts'
import { effectOf } from '../../connections/index.ts'
import { operation } from '../../pipeline/index.ts'
import { findInUse } from '../account-store.ts'
import type { Ground } from '../ground.ts'
import { standingOf } from '../model.ts'
import { ConnectionName, connectionNamed, PageOutput, personOf } from './person.ts'

export const showConnect = ({ connections, database }: Ground) =>
  operation({
    id: 'token-vault.show-connect',
    summary: 'The page to connect an account on.',
    audit: 'read',
    input: z.object({ connection: ConnectionName, return_to: ReturnTo }),
    output: PageOutput,
    asks: () => [{ action: 'read', resource: 'self:accounts' }],
    async reach({ principal }, { connection: name, return_to: returnTo }) {
      const user = personOf(principal)
      const connection = connectionNamed(connections, name)
      const account = await database.transaction((tx) => findInUse(tx, connection.id, user))
      return connectPage({
        connection: name,
        system: new URL(connection.upstream ?? connection.oauth.token_endpoint).host,
        provider: new URL(connection.oauth.authorization_endpoint),
        scopes: connection.oauth.scopes,
        tools: [...connection.tools.keys()]
          .slice(0, 50)
          .map((tool) => ({ name: tool, effect: effectOf(connection, tool) })),
        account: account && {
          status: standingOf(account, connection).status,
          connectedAt: account.connected_at.toISOString(),
        },
        returnTo,
      })
    },
  })
