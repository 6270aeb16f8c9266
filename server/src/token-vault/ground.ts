// What accounts stand on, and the few steps that everything about them takes.
import type { Credential } from '@mandate/contract'
import type { Connections } from '../connections/index.ts'
import type { Database, Transaction } from '../platform/database/index.ts'
import type { Outbound } from '../platform/outbound/index.ts'
import type { Sealing } from '../platform/sealing/index.ts'
import { type Account, type OauthConnection, type Tokens, tokenPlace } from './model.ts'
import { type Client, createProvider, type Provider } from './provider.ts'
import type { Wanted } from './vault.ts'
import { type Watch, watchAccounts } from './watch.ts'

export interface AccountsGiven {
  database: Database
  sealing: Sealing
  outbound: Pick<Outbound, 'send'>
  connections: Connections
  issuer: string
  /** Opens what the connection keeps: our client secret at the provider. */
  openKept(wanted: Wanted): Promise<Credential | undefined>
  /** Waits until this replica has applied its own write. */
  reached(position: number): Promise<unknown>
  now(): number
  /** Monotonic milliseconds. */
  elapsed(): number
  /** Told of failures that are ours and that nobody waits for. */
  onError(error: unknown): void
  /** How long a claim outlives a holder that died, and how long the provider may take to answer. */
  terms?: { claimMs: number; answerMs: number }
}

export interface Ground extends AccountsGiven {
  watch: Watch
  provider: Provider
  claimMs: number
  /** Commits, and then this replica knows it too. */
  commit<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  tokensOf(account: Pick<Account, 'id' | 'sealed'>): Promise<Tokens>
  seal(id: Account['id'], tokens: Tokens): Promise<string>
  clientOf(connection: OauthConnection): Promise<Client>
}

const TERMS = { claimMs: 6_000, answerMs: 20_000 }

export function accountsGround(given: AccountsGiven): Ground {
  const { database, sealing, reached } = given
  const { claimMs, answerMs } = given.terms ?? TERMS
  return {
    ...given,
    watch: watchAccounts(database),
    provider: createProvider(given.outbound, answerMs),
    claimMs,
    async commit(work) {
      let position: number | undefined
      const result = await database.transaction((tx) => {
        tx.committed((at) => {
          position = at
        })
        return work(tx)
      })
      if (position !== undefined) await reached(position)
      return result
    },
    async tokensOf({ id, sealed }) {
      if (sealed === null) throw new Error(`account ${id} has no tokens any more`)
      return JSON.parse((await sealing.open(sealed, tokenPlace(id))).toString('utf8'))
    },
    seal: (id, { access_token, refresh_token }) =>
      sealing.seal(JSON.stringify({ access_token, refresh_token }), tokenPlace(id)),
    clientOf: async (connection) => ({ oauth: connection.oauth, secret: await given.openKept(connection) }),
  }
}
