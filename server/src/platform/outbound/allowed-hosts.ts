// Hosts an operator allowed by name although they are private, or speak plain http.

/** `port` as a string, with the scheme's default filled in. `host` as the URL standard writes it. */
export type AllowedHosts = (host: string, port: string) => boolean

/**
 * Reads entries of the form `host`, `host:port`, `10.0.0.5`, `[::1]:8080` or `::1`. Names match whole and exactly:
 * no wildcards, no suffixes, and a name does not allow its address nor the other way round.
 */
export function allowedHosts(entries: readonly string[]): AllowedHosts {
  const allowed = new Set(entries.map(normalized))
  return (host, port) => allowed.has(host) || allowed.has(`${host}:${port}`)
}

function normalized(entry: string): string {
  const trimmed = entry.trim()
  const bareIpv6 = !trimmed.startsWith('[') && trimmed.split(':').length > 2
  const text = bareIpv6 ? `[${trimmed}]` : trimmed
  const named = /:(\d{1,5})$/.exec(text)?.[1]
  const host = named ? text.slice(0, -named.length - 1) : text
  const url = URL.parse(`http://${host}`)
  const whole = url !== null && url.hostname !== '' && url.href === `http://${url.hostname}/`
  if (!whole || /[\s*@/\\]/.test(text) || url.hostname.endsWith('.') || Number(named ?? 1) > 65_535) {
    throw new TypeError(`Allowed private host "${entry}" is not a host name, an address, or one of them with a port.`)
  }
  return named ? `${url.hostname}:${Number(named)}` : url.hostname
}
