// A connection's declarations, upstream, provider or credential change.
import { Connection, ConnectionId, ConnectionPatch, type Credential, NewConnectionCredential } from '@mandate/contract'
import { z } from 'zod'
import { invalid, Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { connectionBody } from '../bodies.ts'
import { checkFits, normalise } from '../credential.ts'
import { checkTools } from '../declarations.ts'
import { checkEndpoints } from '../endpoints.ts'
import type { CredentialKeeping } from '../model.ts'
import { refuseOauth2Only } from '../offered.ts'
import { refuseMovedSecret, withProvider } from '../provider-changes.ts'
import { type ConnectionRow, lockConnection, updateConnection as update } from '../store.ts'
import { checkUpstreamForm, isStdio, originOf } from '../upstream.ts'
import { type Reaching, refuseUnreachable } from './create-connection.ts'

type Patch = z.output<typeof ConnectionPatch>

export const updateConnection = ({ credentials, checkUpstream, stdioNames }: Reaching) =>
  operation({
    id: 'connections.update-connection',
    summary: "Change a connection's tools, limits, upstream or provider; what is left out stays.",
    audit: 'act',
    input: ConnectionPatch.extend({ id: ConnectionId }),
    output: Connection,
    // Not `connection:…`, which is the word for what agents do through it.
    asks: ({ id }) => [{ action: 'update', resource: `connections:${id}` }],
    async prepare(_, { id, upstream, oauth, ...given }) {
      const secret = secretOf(given)
      // The kind is not known here; what it allows is checked against the locked row.
      if (upstream !== undefined && !isStdio(upstream)) {
        checkUpstreamForm('http', upstream, stdioNames)
        await refuseUnreachable(checkUpstream, upstream)
      }
      if (oauth !== undefined) await checkEndpoints(oauth, 'oauth', checkUpstream)
      return secret && credentials.seal(id, secret)
    },
    async run({ tx, prepared: sealed }, { id, ...patch }) {
      const row = await lockConnection(tx, id)
      if (!row) throw new Problem('not_found')
      refuseUnfit(row, patch, stdioNames)
      const { tools, upstream, timeout_seconds, max_result_bytes } = patch
      const oauth = row.oauth && withProvider(row.oauth, patch)
      if (sealed !== undefined) await credentials.keep(tx, id, { sealed, version: row.credential_version + 1 })
      const changes = {
        ...(tools && { tools }),
        ...(upstream !== undefined && { upstream }),
        ...(oauth && { oauth }),
        ...(timeout_seconds !== undefined && { timeout_seconds }),
        ...(max_result_bytes !== undefined && { max_result_bytes }),
      }
      return connectionBody(await update(tx, id, { ...changes, credential: sealed !== undefined }))
    },
  })

function secretOf({ credential, client_secret }: Pick<Patch, 'credential' | 'client_secret'>): Credential | undefined {
  if (credential !== undefined && client_secret !== undefined)
    throw invalid('credential', 'cannot be given together with client_secret')
  if (client_secret !== undefined) return { type: 'oauth_client', client_secret }
  return credential === undefined ? undefined : normalise(credential)
}

function refuseUnfit(row: ConnectionRow, patch: Patch, stdioNames: ReadonlySet<string>): void {
  const { upstream, credential, tools } = patch
  if (tools !== undefined) checkTools(tools, row.kind)
  if (upstream !== undefined) checkUpstreamForm(row.kind, upstream, stdioNames)
  if (row.kind === 'oauth2') refuseMovedSecret(row, patch)
  else {
    refuseOauth2Only(patch)
    if (upstream !== undefined && credential === undefined) refuseMovedCredential(row, upstream)
  }
  if (credential !== undefined) checkFits(credential, { kind: row.kind, upstream: upstream ?? row.upstream })
}

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
