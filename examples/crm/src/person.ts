// A person at a browser, for tests and demos: opens the authorization request, signs in, and answers.
export interface Person {
  email: string
  password: string
}

/** Returns where the browser is sent, which it does not open. Throws with what the page says when it says no. */
export async function answerAsPerson(
  request: string | URL,
  { email, password }: Person,
  decision: 'allow' | 'deny' = 'allow',
): Promise<URL> {
  let cookie = ''
  async function open(url: URL, form?: Record<string, string>): Promise<Response> {
    const headers = { cookie }
    const post = form && { method: 'POST', body: new URLSearchParams(form) }
    const response = await fetch(url, { headers, redirect: 'manual', ...post })
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    return response
  }

  const url = new URL(request)
  const first = await open(url)
  if (first.headers.has('location')) return destination(first)
  const visit = await visitOf(first)
  await visitOf(await open(new URL('/authorize/sign-in', url), { visit, email, password }))
  return destination(await open(new URL('/authorize/decision', url), { visit, decision }))
}

async function visitOf(page: Response): Promise<string> {
  const text = await page.text()
  const visit = /name="visit" value="([^"]+)"/.exec(text)?.[1]
  if (page.status !== 200 || visit === undefined) {
    throw new Error(/role="alert">([^<]*)</.exec(text)?.[1] ?? `the page answered ${page.status}`)
  }
  return visit
}

function destination(answer: Response): URL {
  const location = answer.headers.get('location')
  if (location === null) throw new Error(`no redirect, but ${answer.status}`)
  return new URL(location)
}
