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
  { user, signal }: { user?: UserId | undefined; signal?: AbortSignal } = {},
): Promise<Credential | undefined> {
  const known = connections.byId(id)
  if (!known || known.upstream !== upstream) throw new UpstreamFault('The connection was changed meanwhile.', false)
  const credential = await unlessLetGo(openCredential(known, user), signal)
  if (connections.byId(id)?.upstream !== upstream)
    throw new UpstreamFault('The connection was changed meanwhile.', false)
  return credential
}

// A renewal goes on, for others who wait for it and for what is stored; a call that was let go waits no longer.
async function unlessLetGo<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  const { promise, reject } = Promise.withResolvers<never>()
  const letGo = () => reject(new UpstreamFault('The call was let go before anything was sent.', false))
  if (signal.aborted) letGo()
  signal.addEventListener('abort', letGo, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', letGo)
  }
}
