// IP addresses and CIDR ranges in conditions, read as strictly as Go's netip does.
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** The address in one spelling, so that equal addresses are equal texts. */
export function readAddress(text: string): string {
  const [address = '', ...zone] = text.split('%')
  if (isIP(text) === 0 || (zone.length > 0 && isIP(address) !== 6))
    throw new Error(`expected a well-formed IP address, but found: '${text.slice(0, 100)}'`)
  const plain = ipaddr.parse(address).toString()
  return zone.length > 0 ? `${plain}%${zone.join('%')}` : plain
}

/** Whether `address` (as `readAddress` spells it) lies in the range; throws on a malformed range. */
export function inRange(address: string, cidr: string): boolean {
  const [, base = '', bits = ''] = /^([^/%]+)\/(0|[1-9]\d{0,2})$/.exec(cidr) ?? []
  const kind = isIP(base)
  if (kind === 0 || Number(bits) > (kind === 4 ? 32 : 128))
    throw new Error(`'${cidr.slice(0, 100)}' is a malformed CIDR string`)
  // An address with a zone is in no range, and a range of one family holds no address of the other.
  if (isIP(address) !== kind || address.includes('%')) return false
  return ipaddr.parse(address).match(ipaddr.parse(base), Number(bits))
}
