// What people do by hand, on real servers in a real browser: set the house up, let an agent in, connect an account, say yes.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type Desk as Bank, openDesk as openBank } from '../approvals/testing/desk.ts'
import { launch, lookAt } from '../testing/chromium.ts'
import { AT_THE_CRM, type Desk, openDesk } from '../testing/desk.ts'
import { eventually } from '../testing/eventually.ts'
import { BOOTSTRAP, type Server, startServer, temporaryFolder } from '../testing/server.ts'
import { authorizeUrl, COMMAND_LINE, openShop, registerAgent, type Shop, startUpstreams } from '../testing/shop.ts'

const closing: (() => Promise<unknown>)[] = []
let browser: Browser
let server: Server
let shop: Shop
let bank: Bank
let desk: Desk
let dana: Page

async function started(settings: Record<string, string>): Promise<Server> {
  const { path, remove } = await temporaryFolder()
  closing.push(remove)
  const one = await startServer({ MANDATE_DATA_DIR: path, ...settings })
  closing.push(() => one.stop())
  return one
}

before(async () => {
  browser = await launch()
  closing.push(() => browser.close())
  server = await started(BOOTSTRAP)
  const upstreams = await startUpstreams()
  closing.push(upstreams.close)
  shop = await openShop(server.issuer, upstreams)
  bank = await openBank({ issuer: server.issuer, shop })
  closing.push(bank.close)
  desk = await openDesk({ issuer: server.issuer, admin: shop.admin, agents: [shop.agent.id] })
  closing.push(desk.close)
  dana = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage()
})
after(async () => {
  for (const close of closing.reverse()) await close()
})

const open = (page: Page, path: string) => page.goto(`${server.issuer}${path}`)
const text = (page: Page) => page.locator('main').innerText()

test('the first administrator opens the link that was printed, once', async () => {
  const fresh = await started({})
  const link = await eventually(async () => /http\S+\/setup\?token=\S+/.exec(fresh.output())?.[0])
  const page = await (await browser.newContext()).newPage()
  await page.goto(link)
  await lookAt(page, 'set-up')
  await page.locator('#email').fill('ada@example.com')
  await page.locator('#name').fill('Ada')
  await page.locator('#password').fill('short')
  await page.locator('main form button').click()
  // The browser itself asks for more characters.
  assert.equal(await page.locator('#password:invalid').count(), 1)
  await page.locator('#password').fill('a long enough password')
  await page.locator('main form button').click()
  await page.locator('h1', { hasText: 'Hello, Ada' }).waitFor()
  await lookAt(page, 'home-of-an-empty-house')
  const again = await page.goto(link)
  assert.ok((again?.status() ?? 0) >= 400)
  await lookAt(page, 'set-up-used')
})

test('a person is asked whether an agent may act for them, and sees which', async () => {
  const agent = await registerAgent(shop.admin, shop.owner, {
    ...{ name: 'Travel planner', purpose: 'Plans journeys and keeps the calendar in order.', assigned: {} },
  })
  const consent = authorizeUrl(server.issuer, agent, {
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  await dana.goto(consent)
  await dana.locator('#email').fill(shop.dana.email)
  await dana.locator('#password').fill(shop.dana.password)
  await dana.locator('#password').press('Enter')
  await dana.locator('main', { hasText: 'Travel planner' }).waitFor()
  await lookAt(dana, 'consent')
  assert.match(await text(dana), /Plans journeys and keeps the calendar in order/)
})

test('a person is asked before a program on their machine manages the house as them', async () => {
  const asks = authorizeUrl(server.issuer, COMMAND_LINE, {
    scope: 'admin',
    resource: `${server.issuer}/api`,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  await dana.goto(asks)
  await dana.locator('main', { hasText: new URL(COMMAND_LINE.redirect).host }).waitFor()
  await lookAt(dana, 'consent-of-a-program')
})

test('a person connects an account at another system, sees it, and takes it back', async () => {
  await open(dana, '/connect/crm')
  await lookAt(dana, 'connect')
  await dana.locator('main form button').first().click()
  await dana.waitForURL((url) => url.origin === desk.relay.url)
  await dana.locator('input[type=email], input[name=email], input[name=login]').first().fill(AT_THE_CRM.dana.email)
  await dana.locator('input[type=password]').fill(AT_THE_CRM.dana.password)
  await dana.locator('input[type=password]').press('Enter')
  await dana.locator('button').first().waitFor()
  if (new URL(dana.url()).origin === desk.relay.url) await dana.locator('button').first().click()
  await dana.waitForURL(`${server.issuer}/connect/crm`)
  await lookAt(dana, 'connected')
  await open(dana, '/my/agents')
  assert.match(await text(dana), /crm/)
  await lookAt(dana, 'my-agents-and-accounts')
})

test('a person reads what is asked on a phone, says yes, and the call goes through', async () => {
  const held = bank.pay({ amount: 40_000, payee: 'Acme Ltd', reason: 'Arrived broken' }, { wait: 45 })
  const id = await bank.waiting('Acme Ltd')
  await open(dana, '/approvals')
  await lookAt(dana, 'approvals-real')
  await open(dana, `/approvals/${id}`)
  await lookAt(dana, 'approval-real')
  await dana.getByRole('button', { name: /approve/i }).click()
  const done = await held
  assert.ok(done.status < 300, done.text)
  await dana.locator('main', { hasText: /done/i }).waitFor()
  await lookAt(dana, 'approval-done')
  assert.equal(bank.acts('Acme Ltd'), 1)
})
