// A request whose form the road has read, given to oidc-provider as if it still waited to be read.
import type { IncomingMessage } from 'node:http'

export type GivenAgain = IncomingMessage & { url: string }

/**
 * Everything of `request`, with `form` as its body; names with several values stay several. It seems to have come to the
 * issuer's own address: oidc-provider makes every URL and the Secure attribute of cookies from the request, and neither
 * the Host header nor what a proxy forwards may decide them.
 */
export function givenAgain(
  request: IncomingMessage,
  { form, issuer }: { form: Readonly<Record<string, unknown>>; issuer: string },
): GivenAgain {
  const { protocol, host, pathname } = new URL(issuer)
  const bytes = Buffer.from(encode(form))
  const again = Object.create(request)
  return Object.defineProperties(again, {
    readable: { value: true },
    headers: {
      value: {
        ...request.headers,
        'content-length': String(bytes.length),
        host,
        'x-forwarded-host': host,
        'x-forwarded-proto': protocol.slice(0, -1),
      },
    },
    // What lies before our paths, where the issuer has a path of its own.
    originalUrl: { value: `${pathname.replace(/\/$/, '')}${request.url ?? '/'}` },
    url: { value: request.url ?? '/', writable: true },
    iterator: {
      value: async function* () {
        yield bytes
      },
    },
  })
}

function encode(form: Readonly<Record<string, unknown>>): string {
  const encoded = new URLSearchParams()
  for (const [name, value] of Object.entries(form)) for (const one of [value].flat()) encoded.append(name, String(one))
  return encoded.toString()
}
