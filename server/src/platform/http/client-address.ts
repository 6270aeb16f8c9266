// Whose request it is when proxies stand in front: the right-most address that no trusted proxy has.
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

export interface TrustedProxies {
  /** Addresses and CIDR ranges of the proxies. */
  networks: readonly string[]
  /** The one header that they write. Another one would be whatever the client says. */
  header: 'x-forwarded-for' | 'forwarded'
}

export type AddressOf = (request: IncomingMessage) => string | undefined

interface Range {
  address: ipaddr.IPv4 | ipaddr.IPv6
  bits: number
}

/** Reads an address or a CIDR range; undefined when it is neither. */
export function rangeOf(text: string): Range | undefined {
  try {
    const [address, bits] = text.includes('/') ? ipaddr.parseCIDR(text) : [ipaddr.parse(text), undefined]
    return { address, bits: bits ?? (address.kind() === 'ipv4' ? 32 : 128) }
  } catch {
    return undefined
  }
}

/**
 * The address of who sent a request, where a trusted proxy passed it on; undefined where the peer itself sent it. Every
 * proxy appends the address it was called from, so what stands left of the first untrusted one may be invented.
 */
export function clientAddress({ networks, header }: TrustedProxies): AddressOf {
  const ranges = networks.flatMap((text) => rangeOf(text) ?? [])
  const isTrusted = (text: string): boolean => {
    const peer = ipaddr.process(text)
    return ranges.some(({ address, bits }) => peer.kind() === address.kind() && peer.match(address, bits))
  }
  const hopsOf = header === 'forwarded' ? forwardedHops : xForwardedForHops
  return (request) => {
    let address = request.socket.remoteAddress
    if (ranges.length === 0 || address === undefined || !isTrusted(address)) return undefined
    for (const hop of hopsOf(request.headers[header]).reverse()) {
      // What is no address says nothing: the request counts for the proxy that passed it on.
      if (hop === undefined) break
      address = hop
      if (!isTrusted(hop)) break
    }
    return address
  }
}

const xForwardedForHops = (value: string | string[] | undefined): (string | undefined)[] =>
  listed(value).map((hop) => addressIn(hop))

// RFC 7239 §4: for=192.0.2.43, for="[2001:db8::17]:4711", for=unknown, for=_hidden; one element for each hop.
const forwardedHops = (value: string | string[] | undefined): (string | undefined)[] =>
  listed(value).map((element) => {
    const named = /(?:^|;)\s*for\s*=\s*(?:"([^"]*)"|([^\s;"]*))/i.exec(element)
    return addressIn(named?.[1] ?? named?.[2] ?? '')
  })

const listed = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : [value].flat().join(',').split(',')

/** Without a port or brackets around it. */
function addressIn(text: string): string | undefined {
  const plain = text.trim()
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(plain)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(plain)?.[1] ?? plain
  return isIP(bare) === 0 ? undefined : bare
}

const known = new WeakMap<IncomingMessage, string>()

/** Keeps the address of a request that a trusted proxy passed on. */
export function keepAddress(request: IncomingMessage, addressOf: AddressOf): void {
  const address = addressOf(request)
  if (address !== undefined) known.set(request, address)
}

/** The address that a request came from; empty where it has none. */
export const remoteOf = (request: IncomingMessage): string => known.get(request) ?? request.socket.remoteAddress ?? ''
