// A browser as far as HTTP goes: cookies, forms, redirects followed by hand, and the Origin a browser would send.
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>()

  /** One request, redirects not followed. Cookies are kept by host. */
  async request(url: string, init: RequestInit = {}): Promise<Response> {
    const { host, origin } = new URL(url)
    const jar = this.#cookies.get(host) ?? new Map<string, string>()
    const headers = new Headers(init.headers)
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    if (init.method === 'POST' && !headers.has('origin')) headers.set('origin', origin)
    const answer = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';')
      const at = pair.indexOf('=')
      const gone = attributes.some((text) => /^\s*(max-age=0|expires=thu, 01 jan 1970)/i.test(text))
      if (gone) jar.delete(pair.slice(0, at))
      else jar.set(pair.slice(0, at), pair.slice(at + 1))
    }
    this.#cookies.set(host, jar)
    return answer
  }

  post(url: string, form: Record<string, string>): Promise<Response> {
    return this.request(url, { method: 'POST', body: new URLSearchParams(form) })
  }

  cookies(host: string): ReadonlyMap<string, string> {
    return this.#cookies.get(host) ?? new Map()
  }

  /**
   * Opens `url` and goes on as `person` would: signs in where a sign-in page comes, says `answer` where an agent asks.
   * Returns the first address outside the server, or the last page.
   */
  async follow(
    url: string,
    person: Person,
    answer: 'allow' | 'deny' = 'allow',
  ): Promise<{ url: string; page: string }> {
    const home = new URL(url).origin
    let at = url
    for (let hops = 0; hops < 20; hops++) {
      const reply = await this.request(at)
      const next = reply.headers.get('location')
      if (next !== null) {
        at = new URL(next, at).href
        if (new URL(at).origin !== home) return { url: at, page: '' }
        continue
      }
      const page = await reply.text()
      const form = formIn(page)
      const filled: Record<string, string> | undefined = at.includes('/sign-in')
        ? { email: person.email, password: person.password }
        : at.includes('/interaction/')
          ? { answer }
          : undefined
      if (form === undefined || filled === undefined) return { url: at, page }
      const sent = await this.post(new URL(form.action, at).href, { ...form.hidden, ...filled } as Record<
        string,
        string
      >)
      const then = sent.headers.get('location')
      if (then === null) return { url: at, page: await sent.text() }
      at = new URL(then, at).href
      if (new URL(at).origin !== home) return { url: at, page: '' }
    }
    throw new Error(`too many redirects from ${url}`)
  }
}

/** The first form of a page: where it goes, and its hidden fields. */
function formIn(page: string): { action: string; hidden: Record<string, string> } | undefined {
  const action = /<form[^>]*action="([^"]*)"/.exec(page)?.[1]
  if (action === undefined) return undefined
  const hidden: Record<string, string> = {}
  for (const [, name = '', value = ''] of page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g))
    hidden[name] = value.replaceAll('&amp;', '&').replaceAll('&quot;', '"')
  return { action, hidden }
}

export interface Person {
  email: string
  password: string
}
