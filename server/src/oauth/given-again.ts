// A request whose form the road has read, given to oidc-provider as if it still waited to be read.
import type { IncomingMessage } from 'node:http'

export type GivenAgain = IncomingMessage & { url: string }

/** Everything of `request`, with `form` as its body; names with several values stay several. */
export function givenAgain(request: IncomingMessage, form: Readonly<Record<string, unknown>>): GivenAgain {
  const bytes = Buffer.from(encode(form))
  const again = Object.create(request)
  return Object.defineProperties(again, {
    readable: { value: true },
    headers: { value: { ...request.headers, 'content-length': String(bytes.length) } },
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
