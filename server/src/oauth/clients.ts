// Clients in memory: registered applications and, from the agents room, every agent.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Change, Follower } from '../platform/changes/index.ts'
import { COMMAND_LINE } from './command-line.ts'
import { type ClientRecord, loadClients, TOPIC } from './store.ts'

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
