// From a text to a place we are willing to connect to: what can be judged before and after asking the DNS.
import { isIP } from 'node:net'
import { isPublicAddress } from './addresses.ts'
import type { AllowedHosts } from './allowed-hosts.ts'
import { OutboundFailed, OutboundRefused } from './errors.ts'

const MAX_URL_LENGTH = 16 * 1024

/** All addresses of a host name, as IP literals. An empty list means that the name has none. */
export type Resolve = (host: string) => Promise<readonly string[]>

export interface Target {
  origin: string
  /** Path and query, as sent. */
  path: string
  /** As the URL standard writes it: lower case, punycode, addresses in canonical form, IPv6 in brackets. */
  host: string
  port: string
  /** An operator named the host: any address will do. */
  allowed: boolean
}

/** Judges `url` without asking anybody. Octal, hex and decimal IPv4 forms are read as what they mean (URL standard §3.5). */
export function target(url: string, allows: AllowedHosts): Target {
  const parsed = url.length > MAX_URL_LENGTH || hasForgivenCharacters(url) ? null : URL.parse(url)
  if (!parsed) throw new OutboundRefused('url', '')
  const { protocol, hostname: host } = parsed
  if (protocol !== 'https:' && protocol !== 'http:') throw new OutboundRefused('url', host)
  if (parsed.username !== '' || parsed.password !== '' || hasUserinfo(url)) throw new OutboundRefused('url', host)
  // `localhost.` is `localhost` to a resolver and another name to a rule.
  if (host.endsWith('.')) throw new OutboundRefused('url', host)
  const port = parsed.port || (protocol === 'https:' ? '443' : '80')
  const allowed = allows(host, port)
  const address = literal(host)
  if (!allowed && address !== undefined && !isPublicAddress(address)) throw new OutboundRefused('address', host)
  if (protocol === 'http:' && !allowed) throw new OutboundRefused('insecure', host)
  return { origin: parsed.origin, path: parsed.pathname + parsed.search, host, port, allowed }
}

/** Every address of `target`, all of them checked: one that is forbidden refuses the host. */
export async function addressesOf({ host, allowed }: Target, resolve: Resolve): Promise<readonly string[]> {
  const address = literal(host)
  if (address !== undefined) return [address]
  const addresses = await resolve(host).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
    throw new OutboundFailed('name', { host, code: code?.match(/^[A-Z_]{1,40}$/)?.[0], sent: false })
  })
  if (addresses.length === 0) throw new OutboundFailed('name', { host, sent: false })
  const fit = allowed ? (each: string) => isIP(each) !== 0 : isPublicAddress
  if (!addresses.every(fit)) throw new OutboundRefused('address', host)
  return addresses
}

/** The address, if `host` is one rather than a name. */
function literal(host: string): string | undefined {
  if (host.startsWith('[')) return host.slice(1, -1)
  return isIP(host) === 0 ? undefined : host
}

/** The parser drops tabs and turns \ into /: whoever judged the same text before us might have read another host. */
function hasForgivenCharacters(url: string): boolean {
  for (let i = 0; i < url.length; i++) {
    const code = url.charCodeAt(i)
    if (code <= 0x20 || code === 0x7f || code === 0x5c) return true
  }
  return false
}

/** Even an empty one (`https://@host`), which the parser drops. */
const hasUserinfo = (url: string): boolean => /^[^/]*\/*[^/?#]*@/.test(url)
