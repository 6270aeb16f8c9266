// The page on which people answer, in every state, in a real browser: readable, reachable, and not to be tricked.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { after, before, test } from 'node:test'
import { approvalPage, approvalsPage, contentSecurityPolicy, document, stoppedPage } from '@mandate/console'
import type { Approval } from '@mandate/contract'
import type { Browser, Page } from 'playwright-core'
import { launch, lookAt } from '../testing/chromium.ts'
import { NOW, SAMPLES } from './approval-samples.ts'

const nav = {
  person: 'Dana Okafor',
  places: [
    { name: 'Home', path: '/' },
    { name: 'Approvals', path: '/approvals', count: 2 },
    { name: 'My agents', path: '/my/agents' },
  ],
  at: '/approvals',
}
const until = new Date(NOW + 3_600_000).toISOString()
const VIEWS: Readonly<Record<string, () => ReturnType<typeof approvalPage>>> = {
  ...Object.fromEntries(
    Object.entries(SAMPLES).map(([name, approval]) => [name, () => approvalPage({ approval, now: NOW })]),
  ),
  refused: () =>
    approvalPage({
      approval: SAMPLES.waiting as Approval,
      now: NOW,
      refusal: 'The reason must have no control characters.',
      reason: 'typed before',
    }),
  list: () => {
    const all = Object.values(SAMPLES)
    const waiting = all.filter(({ status }) => status === 'pending')
    return approvalsPage({ waiting, recent: all.filter(({ status }) => status !== 'pending'), now: NOW })
  },
  'list-empty': () => approvalsPage({ waiting: [], recent: [], now: NOW }),
  stopped: () =>
    stoppedPage({
      agent: { id: 'agt_refund', name: 'Refund bot' },
      now: NOW,
      logout: {
        subject: { type: 'agent', id: 'agt_refund' },
        ...{ position: 7, confirmed: false, confirmed_at: null },
        replicas: [{ id: 'one', state: 'waiting' }],
        targets: [
          { system: 'tokens', result: 'revoked', count: 12 },
          { system: 'held-calls', result: 'pending', count: 1 },
          { system: 'token-vault:crm', result: 'unsupported', count: 3, until, detail: 'The provider cannot revoke.' },
          { system: 'token-vault:mail', result: 'failed', count: 1 },
        ],
        new_sign_ins: 'refused_until_released',
        release: 'POST /api/v1/agents/agt_refund/activate',
      },
    }),
  'stopped-alone': () =>
    stoppedPage({
      agent: { id: 'agt_refund', name: 'Refund bot' },
      logout: undefined,
      failure: 'Try later.',
      now: NOW,
    }),
}

let browser: Browser
let page: Page
let gallery: Server
let url = ''
const sent: { path: string; body: string }[] = []

before(async () => {
  gallery = createServer(async (request, response) => {
    if (request.method === 'POST') {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      sent.push({ path: request.url ?? '', body: Buffer.concat(chunks).toString() })
    }
    const view = VIEWS[(request.url ?? '').slice(1)]
    const shown = { ...(view ?? VIEWS.waiting)?.(), nav }
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.setHeader('content-security-policy', contentSecurityPolicy(shown))
    response.end(request.url?.startsWith('/events') ? '' : document(shown))
  }).listen(0, '127.0.0.1')
  await once(gallery, 'listening')
  url = `http://127.0.0.1:${(gallery.address() as { port: number }).port}`
  browser = await launch()
  // A context of its own: axe opens a page beside it.
  page = await (await browser.newContext()).newPage()
})
after(async () => {
  await browser.close()
  gallery.closeAllConnections()
  gallery.close()
})

for (const name of Object.keys(VIEWS))
  test(`${name}: anybody can read and reach it, on a phone and a laptop, in light and dark`, async () => {
    await page.goto(`${url}/${name}`)
    await lookAt(page, `approval-${name}`)
  })

test('the act is a sentence, from what is verified', async () => {
  await page.goto(`${url}/waiting`)
  assert.equal(await page.locator('h1').innerText(), 'Refund bot wants to send €400.00 to Dana Okafor')
})

test('every value that is sent is on the page, whole, and nothing that an agent writes is markup', async () => {
  await page.goto(`${url}/hostile`)
  const text = (await page.locator('dl.values').textContent()) ?? ''
  for (const whole of ['word '.repeat(4_000), 'x'.repeat(3_000), '<script>alert(1)</script>', '"n": 59'])
    assert.ok(text.includes(whole), whole.slice(0, 20))
  assert.match(text, /pay.*U\+200B.*pal\.com .*U\+202E.*moc\.elgoog/)
  assert.match(await page.locator('h1').innerText(), /Refund bot.*U\+202E/)
  assert.equal(await page.locator('main script, main img, main b b, main dl dl').count(), 0)
  assert.match(await page.title(), /^Refund bot U\+202E tob/)
  assert.deepEqual(await page.locator('main h2').allInnerTexts(), ['What Mandate verified', 'What the agent says'])
  // No direction or invisible character is left to act on the page.
  assert.doesNotMatch(await page.locator('main').innerHTML(), /[\u200b\u202a-\u202e\u2066-\u2069]/)
})

test('on a phone the buttons are in sight before anything is scrolled, and at its end', async () => {
  await page.setViewportSize({ width: 390, height: 700 })
  await page.goto(`${url}/waiting`)
  for (const to of ['0', 'document.body.scrollHeight']) {
    await page.evaluate(`window.scrollTo(0, ${to})`)
    for (const name of ['Refuse', 'Approve']) {
      const box = await page.getByRole('button', { name }).boundingBox()
      assert.ok(box && box.y >= 0 && box.y + box.height <= 700 && box.height >= 44, name)
    }
  }
})

test('with the keyboard alone one reads it, gives a reason, and refuses; return in no field is a yes', async () => {
  sent.length = 0
  await page.goto(`${url}/waiting`)
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content')
  const reached: string[] = []
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab')
    const name = (await page.evaluate('document.activeElement.textContent.trim()')) as string
    reached.push(name)
    // Whoever reaches it by keyboard sees where they are.
    assert.notEqual(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'none', name)
    if (name.startsWith('Add a reason')) await page.keyboard.press('Enter')
    if ((await page.evaluate('document.activeElement.id')) === 'reason')
      await page.keyboard.type('Not like this.\nAsk me first.')
    if (name === 'Refuse') break
  }
  assert.equal(sent.length, 0)
  assert.ok(!reached.includes('Approve'))
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/deny$/)
  const [answer] = sent
  assert.equal(answer?.path, '/approvals/apr_00000000000000000000000001/deny')
  const form = new URLSearchParams(answer?.body)
  assert.equal(form.get('hash'), SAMPLES.waiting?.hash)
  assert.match(form.get('reason') ?? '', /^Not like this\.\r?\nAsk me first\.$/)
})

test('what is over has no buttons; what rests can still be refused, not approved again', async () => {
  for (const name of ['not-mine', 'approved', 'denied', 'expired', 'cancelled', 'done', 'failed', 'unknown']) {
    await page.goto(`${url}/${name}`)
    assert.equal(await page.locator('main button').count(), 0, name)
  }
  await page.goto(`${url}/resting`)
  assert.deepEqual(await page.locator('main button').allInnerTexts(), ['Refuse'])
  await page.goto(`${url}/unknown`)
  assert.match(await page.locator('main').innerText(), /nobody can say how it ended.*Look at orders before/s)
})
