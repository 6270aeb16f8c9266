// Connections, kept alive per origin, that can only be made to addresses that were judged for them.
import type { LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import { getCACertificates } from 'node:tls'
import { Agent, Pool } from 'undici'
import type { AllowedHosts } from './allowed-hosts.ts'
import { addressesOf, type Resolve, target } from './target.ts'

const CONNECT_TIMEOUT_MS = 10_000
/** Of one origin. More requests wait, against their own clock. */
const MAX_CONNECTIONS = 256

export interface PoolSettings {
  allows: AllowedHosts
  resolve: Resolve
  /** PEM certificates to trust besides the system's. */
  authorities?: readonly string[]
}

export function createPools({ allows, resolve, authorities }: PoolSettings): Agent {
  /**
   * The name is resolved and judged inside the one lookup whose result is connected to. There is no second lookup that
   * could answer otherwise (DNS rebinding), and a kept-alive connection never asks again.
   */
  const guardedLookup =
    (origin: string): LookupFunction =>
    (_host, options, callback) => {
      addressesOf(target(origin, allows), resolve).then(
        (addresses) => {
          const all = addresses.map((address) => ({ address, family: isIP(address) }))
          const [first] = all
          if (options.all) callback(null, all)
          else callback(null, first?.address ?? '', first?.family)
        },
        (error: Error) => callback(error, ''),
      )
    }

  return new Agent({
    // Time is kept per request, from its start to its end.
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    factory: (origin, options) =>
      new Pool(origin, {
        ...options,
        connections: MAX_CONNECTIONS,
        connect: {
          lookup: guardedLookup(String(origin)),
          timeout: CONNECT_TIMEOUT_MS,
          // Said explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment does not count.
          rejectUnauthorized: true,
          ...(authorities && { ca: [...getCACertificates('default'), ...authorities] }),
        },
      }),
  })
}
