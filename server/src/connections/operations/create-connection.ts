// An outside system becomes reachable through the gateway; its credential is sealed on the way in.
import { Connection, NewConnection } from '@mandate/contract'
import { newId } from '../../kernel/ids.ts'
import { invalid, Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { connectionBody } from '../bodies.ts'
import { checkFits, normalise } from '../credential.ts'
import { checkTools } from '../declarations.ts'
import type { CheckUpstream, CredentialKeeping } from '../model.ts'
import { refuseNotOffered } from '../offered.ts'
import { insertConnection } from '../store.ts'
import { checkUpstreamForm, isStdio } from '../upstream.ts'

export interface Reaching {
  credentials: CredentialKeeping
  checkUpstream: CheckUpstream
  /** Names of the programs in the setting stdio_servers. */
  stdioNames: ReadonlySet<string>
}

export const createConnection = ({ credentials, checkUpstream, stdioNames }: Reaching) =>
  operation({
    id: 'connections.create-connection',
    summary: 'Add an outside system that agents reach through the gateway.',
    audit: 'act',
    input: NewConnection,
    output: Connection,
    asks: () => [{ action: 'create', resource: 'connections' }],
    async prepare({ now }, given) {
      const { kind, upstream, credential, tools } = given
      refuseNotOffered(given)
      if (upstream !== undefined) checkUpstreamForm(kind, upstream, stdioNames)
      checkFits(credential, { kind, upstream })
      checkTools(tools)
      const normal = credential === undefined ? undefined : normalise(credential)
      if (upstream !== undefined && !isStdio(upstream)) await refuseUnreachable(checkUpstream, upstream)
      const id = newId('connection', now)
      return { id, sealed: normal && (await credentials.seal(id, normal)) }
    },
    async run({ tx, prepared: { id, sealed } }, { name, kind, provider = null, upstream = null, tools }) {
      const credential_version = sealed === undefined ? 0 : 1
      const row = await insertConnection(tx, { id, name, kind, provider, upstream, tools, credential_version })
      if (!row)
        throw new Problem('conflict', {
          detail: 'name: a connection with this name exists',
          errors: [{ field: 'name', rule: 'a connection with this name exists' }],
        })
      if (sealed !== undefined) await credentials.keep(tx, id, { sealed, version: credential_version })
      return connectionBody(row)
    },
  })

export async function refuseUnreachable(checkUpstream: CheckUpstream, upstream: string): Promise<void> {
  const reason = await checkUpstream(upstream)
  if (reason !== undefined) throw invalid('upstream', reason)
}
