// A connection's declarations, upstream or credential change.
import { Connection, ConnectionId, ConnectionPatch, NewConnectionCredential } from '@mandate/contract'
import { z } from 'zod'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { connectionBody } from '../bodies.ts'
import { checkFits, normalise } from '../credential.ts'
import { checkTools } from '../declarations.ts'
import type { CredentialKeeping } from '../model.ts'
import { type ConnectionRow, lockConnection, updateConnection as update } from '../store.ts'
import { checkUpstreamForm, isStdio, originOf } from '../upstream.ts'
import { type Reaching, refuseUnreachable } from './create-connection.ts'

export const updateConnection = ({ credentials, checkUpstream, stdioNames }: Reaching) =>
  operation({
    id: 'connections.update-connection',
    summary: "Change a connection's tools or upstream; what is left out stays.",
    audit: 'act',
    input: ConnectionPatch.extend({ id: ConnectionId }),
    output: Connection,
    // Not `connection:…`, which is the word for what agents do through it.
    asks: ({ id }) => [{ action: 'update', resource: `connections:${id}` }],
    async prepare(_, { id, tools, upstream, credential }) {
      if (tools !== undefined) checkTools(tools)
      const normal = credential === undefined ? undefined : normalise(credential)
      // The kind is not known here; what it allows is checked against the locked row.
      if (upstream !== undefined && !isStdio(upstream)) {
        checkUpstreamForm('http', upstream, stdioNames)
        await refuseUnreachable(checkUpstream, upstream)
      }
      return normal && credentials.seal(id, normal)
    },
    async run({ tx, prepared: sealed }, { id, tools, upstream, credential }) {
      const row = await lockConnection(tx, id)
      if (!row) throw new Problem('not_found')
      if (upstream !== undefined) {
        checkUpstreamForm(row.kind, upstream, stdioNames)
        if (credential === undefined) refuseMovedCredential(row, upstream)
      }
      if (credential !== undefined) checkFits(credential, { kind: row.kind, upstream: upstream ?? row.upstream })
      if (sealed !== undefined) await credentials.keep(tx, id, { sealed, version: row.credential_version + 1 })
      const changes = { ...(tools && { tools }), ...(upstream !== undefined && { upstream }) }
      return connectionBody(await update(tx, id, { ...changes, credential: sealed !== undefined }))
    },
  })

// Whoever may point a connection elsewhere must not thereby learn its credential.
function refuseMovedCredential(row: ConnectionRow, upstream: string): void {
  if (row.credential_version > 0 && originOf(row.upstream) !== originOf(upstream))
    throw new Problem('conflict', {
      detail: 'upstream: the credential was given for another origin; give it again together with the new upstream',
      errors: [{ field: 'credential', rule: 'must be given again with an upstream of another origin' }],
    })
}

export const replaceCredential = ({ credentials }: { credentials: CredentialKeeping }) =>
  operation({
    id: 'connections.replace-credential',
    summary: 'Give a connection a new credential, used from the next call on.',
    audit: 'act',
    input: NewConnectionCredential.extend({ id: ConnectionId }),
    output: z.undefined(),
    asks: ({ id }) => [{ action: 'replace-credential', resource: `connections:${id}` }],
    prepare: (_, { id, credential }) => credentials.seal(id, normalise(credential)),
    async run({ tx, prepared: sealed }, { id, credential }) {
      const row = await lockConnection(tx, id)
      if (!row) throw new Problem('not_found')
      checkFits(credential, row)
      await credentials.keep(tx, id, { sealed, version: row.credential_version + 1 })
      await update(tx, id, { credential: true })
      return undefined
    },
  })
