// Which IP addresses lie on the public internet. Everything else could be inside somebody's house.
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Public by range, yet only reachable from inside a cloud: Azure's wire server, which hands out credentials. */
const METADATA = new Set(['168.63.129.16'])

/** 2000::/3 is all that is assigned as global unicast (RFC 4291 §2.4, IANA IPv6 address space). */
const GLOBAL_UNICAST = ipaddr.IPv6.parse('2000::')
/** The well-known NAT64 prefix; its last 32 bits are an IPv4 address (RFC 6052 §2.1). */
const NAT64 = ipaddr.IPv6.parse('64:ff9b::')

/** Whether `address`, an IPv4 or IPv6 literal, may be connected to without an operator naming the host. Unreadable means no. */
export function isPublicAddress(address: string): boolean {
  // ipaddr.js also reads octal and short forms, which nobody should be resolving to. A zone id means a local interface.
  if (isIP(address) === 0 || address.includes('%')) return false
  const parsed = ipaddr.parse(address)
  return parsed instanceof ipaddr.IPv6 ? isPublicIpv6(parsed) : isPublicIpv4(parsed as ipaddr.IPv4)
}

const isPublicIpv4 = (address: ipaddr.IPv4): boolean =>
  address.range() === 'unicast' && !METADATA.has(address.toString())

function isPublicIpv6(address: ipaddr.IPv6): boolean {
  // On networks without IPv4, DNS64 answers with these for every public IPv4 host (RFC 6147).
  if (address.match(NAT64, 96)) return isPublicIpv4(lastFourBytes(address))
  // Refuses mapped, compatible, translated, unique-local, link-local, multicast, 6to4, Teredo and documentation addresses.
  if (!address.match(GLOBAL_UNICAST, 3) || address.range() !== 'unicast') return false
  // ISATAP puts an IPv4 address behind any prefix (RFC 5214 §6.1).
  const [high, low] = [address.parts[4] ?? 0, address.parts[5]]
  return (high & 0xfdff) !== 0 || low !== 0x5efe || isPublicIpv4(lastFourBytes(address))
}

const lastFourBytes = (address: ipaddr.IPv6): ipaddr.IPv4 => new ipaddr.IPv4(address.toByteArray().slice(12))
