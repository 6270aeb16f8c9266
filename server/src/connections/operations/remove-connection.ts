// A connection goes, and with it everything that was issued for it.
import { ConnectionId } from '@mandate/contract'
import { z } from 'zod'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { revoke } from '../../platform/changes/index.ts'
import type { CredentialKeeping } from '../model.ts'
import { deleteConnection } from '../store.ts'

export const removeConnection = ({ credentials }: { credentials: CredentialKeeping }) =>
  operation({
    id: 'connections.remove-connection',
    summary: 'Remove a connection and end what was issued for it.',
    audit: 'act',
    input: z.strictObject({ id: ConnectionId }),
    output: z.undefined(),
    asks: ({ id }) => [{ action: 'remove', resource: `connections:${id}` }],
    prepare: (_, { id }) => credentials.end(id),
    async run({ tx }, { id }) {
      if (!(await deleteConnection(tx, id))) throw new Problem('not_found')
      await credentials.forget(tx, id)
      revoke(tx, id, 'connection_removed')
      return undefined
    },
  })
