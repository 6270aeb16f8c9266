// The connection's credential at the moment of use, for the upstream it is kept for and no other.
import type { Credential } from '@mandate/contract'
import type { Connection } from '../connections/index.ts'
import type { UserId } from '../kernel/ids.ts'
import type { GatewayGiven } from './model.ts'
import { UpstreamFault } from './upstream-problem.ts'

/** Throws UpstreamFault when the connection leads elsewhere by now: its credential is then for that other place. */
export async function credentialFor(
  { connections, openCredential }: Pick<GatewayGiven, 'connections' | 'openCredential'>,
  { id, upstream }: Pick<Connection, 'id' | 'upstream'>,
  user?: UserId,
): Promise<Credential | undefined> {
  const known = connections.byId(id)
  if (!known || known.upstream !== upstream) throw new UpstreamFault('The connection was changed meanwhile.', false)
  const credential = await openCredential(known, user)
  if (connections.byId(id)?.upstream !== upstream)
    throw new UpstreamFault('The connection was changed meanwhile.', false)
  return credential
}
