// The network an address stands for where requests are counted: whoever has one address of it has all of them.
import { isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** An IPv6 host has a whole /64 of addresses to come from (RFC 4291 §2.5.4): they count as one. */
export function networkOf(remote: string): string {
  if (!isIPv6(remote)) return remote
  const address = ipaddr.IPv6.parse(remote)
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString()
  return `${address.parts.slice(0, 4).join(':')}::/64`
}
