// An outside system becomes reachable through the gateway; its credential is sealed on the way in.
import { Connection, type Credential, NewConnection } from '@mandate/contract'
import type { z } from 'zod'
import { newId } from '../../kernel/ids.ts'
import { invalid, Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import type { Outbound } from '../../platform/outbound/index.ts'
import { connectionBody } from '../bodies.ts'
import { checkFits, normalise } from '../credential.ts'
import { checkTools } from '../declarations.ts'
import { discover } from '../discovery.ts'
import { checkEndpoints } from '../endpoints.ts'
import type { CheckUpstream, CredentialKeeping, OauthClient } from '../model.ts'
import { refuseNotOffered } from '../offered.ts'
import { insertConnection } from '../store.ts'
import { checkUpstreamForm, isStdio } from '../upstream.ts'

export interface Reaching {
  credentials: CredentialKeeping
  checkUpstream: CheckUpstream
  /** For reading what a provider says of itself. */
  outbound: Pick<Outbound, 'send'>
  /** Names of the programs in the setting stdio_servers. */
  stdioNames: ReadonlySet<string>
}

export const createConnection = (given: Reaching) =>
  operation({
    id: 'connections.create-connection',
    summary: 'Add an outside system that agents reach through the gateway.',
    audit: 'act',
    input: NewConnection,
    output: Connection,
    asks: () => [{ action: 'create', resource: 'connections' }],
    async prepare({ now }, input) {
      const { kind, upstream, credential, tools } = input
      refuseNotOffered(input)
      if (upstream !== undefined) checkUpstreamForm(kind, upstream, given.stdioNames)
      checkFits(credential, { kind, upstream })
      checkTools(tools, kind)
      const secret = secretOf(input)
      if (upstream !== undefined && !isStdio(upstream)) await refuseUnreachable(given.checkUpstream, upstream)
      const oauth = await providerOf(given, input)
      const id = newId('connection', now)
      return { id, oauth, sealed: secret && (await given.credentials.seal(id, secret)) }
    },
    async run({ tx, prepared: { id, oauth, sealed } }, input) {
      const { name, kind, provider = null, upstream = null, tools, timeout_seconds, max_result_bytes } = input
      const credential_version = sealed === undefined ? 0 : 1
      const row = await insertConnection(tx, {
        id,
        name,
        kind,
        provider,
        upstream,
        tools,
        oauth,
        credential_version,
        timeout_seconds,
        max_result_bytes,
      })
      if (!row)
        throw new Problem('conflict', {
          detail: 'name: a connection with this name exists',
          errors: [{ field: 'name', rule: 'a connection with this name exists' }],
        })
      if (sealed !== undefined) await given.credentials.keep(tx, id, { sealed, version: credential_version })
      return connectionBody(row)
    },
  })

function secretOf({ credential, client_secret }: z.output<typeof NewConnection>): Credential | undefined {
  if (client_secret !== undefined) return { type: 'oauth_client', client_secret }
  return credential === undefined ? undefined : normalise(credential)
}

async function providerOf(
  { outbound, checkUpstream }: Reaching,
  { kind, provider = '', client_id = '', scopes = [], oauth }: z.output<typeof NewConnection>,
): Promise<OauthClient | null> {
  if (kind !== 'oauth2') return null
  const endpoints = oauth ?? (await discover(outbound, provider))
  await checkEndpoints(endpoints, oauth ? 'oauth' : 'provider', checkUpstream)
  return { ...endpoints, client_id, scopes }
}

export async function refuseUnreachable(checkUpstream: CheckUpstream, upstream: string): Promise<void> {
  const reason = await checkUpstream(upstream)
  if (reason !== undefined) throw invalid('upstream', reason)
}
