// A person at a browser, as far as HTTP goes: cookies, forms, and redirects followed by hand.
export interface Person {
  name: string
  email: string
  password: string
}

export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>()

  /** One request, redirects not followed. */
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
      if (attributes.some((text) => /^\s*(max-age=0|expires=thu, 01 jan 1970)/i.test(text)))
        jar.delete(pair.slice(0, at))
      else jar.set(pair.slice(0, at), pair.slice(at + 1))
    }
    this.#cookies.set(host, jar)
    return answer
  }

  post(url: string, form: Record<string, string>): Promise<Response> {
    return this.request(url, { method: 'POST', body: new URLSearchParams(form) })
  }

  /** Opens `url` and goes on as the person would, until it leads away from the server or nothing is left to do. */
  async follow(url: string, person: Person): Promise<{ url: string; page: string }> {
    const home = new URL(url).origin
    for (let at = url, hops = 0; hops < 20; hops++) {
      if (new URL(at).origin !== home) return { url: at, page: '' }
      const answer = await this.request(at)
      const onward = answer.headers.get('location')
      if (onward !== null) {
        at = new URL(onward, at).href
        continue
      }
      const page = await answer.text()
      const filled: Record<string, string> | undefined = at.includes('/sign-in')
        ? { email: person.email, password: person.password }
        : at.includes('/interaction/')
          ? { answer: 'allow' }
          : undefined
      const form = formIn(page)
      if (!filled || !form) return { url: at, page }
      const sent = await this.post(new URL(form.action, at).href, { ...form.hidden, ...filled })
      const then = sent.headers.get('location')
      if (then === null) throw new Error(`${at} did not lead on: ${(await sent.text()).slice(0, 500)}`)
      at = new URL(then, at).href
    }
    throw new Error(`too many redirects from ${url}`)
  }
}

/** The first form of a page in which `about` stands: where it goes, and its hidden fields. */
export function formIn(page: string, about = ''): { action: string; hidden: Record<string, string> } | undefined {
  const form = [...page.matchAll(/<form[\s\S]*?<\/form>/g)].map(([text]) => text).find((text) => text.includes(about))
  if (form === undefined) return undefined
  const action = /action="([^"]*)"/.exec(form)?.[1] ?? ''
  const hidden: Record<string, string> = {}
  for (const [, name = '', value = ''] of form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g))
    hidden[name] = value.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'")
  return { action, hidden }
}
