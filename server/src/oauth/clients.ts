// Clients in memory: registered applications and, from the agents room, every agent.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Change, Follower } from '../platform/changes/index.ts'
import { type ClientRecord, loadClients, TOPIC } from './store.ts'

/** The command line's own client: public, known to every installation, redirected to loopback only (RFC 8252 §7.3). */
const COMMAND_LINE: ClientRecord = {
  id: 'mandate-cli',
  name: 'Mandate command line',
  type: 'native',
  redirect_uris: ['http://127.0.0.1/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  secret_hash: null,
  profile: null,
  may_act: null,
  access: {},
}

export interface Clients {
  client(id: string): ClientRecord | undefined
  secretMatches(id: string, secret: string): boolean
}

/** Secrets carry 256 random bits, or are the operator's own; either way only their hash is kept. */
export const secretHash = (secret: string): string => createHash('sha256').update(secret).digest('hex')

export function followClients(): Follower & Clients {
  let clients = new Map<string, ClientRecord>()
  return {
    topics: [TOPIC],
    async load(tx) {
      const rows = await loadClients(tx)
      return () => {
        clients = new Map(rows.map((client) => [client.id, client]))
      }
    },
    apply({ key, body }: Change) {
      if (body === null) clients.delete(key)
      else clients.set(key, body as ClientRecord)
    },
    client: (id) => (id === COMMAND_LINE.id ? COMMAND_LINE : clients.get(id)),
    secretMatches(id, secret) {
      const expected = clients.get(id)?.secret_hash
      if (!expected) return false
      return timingSafeEqual(Buffer.from(secretHash(secret), 'hex'), Buffer.from(expected, 'hex'))
    },
  }
}
