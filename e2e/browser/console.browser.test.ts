// The console on a real server, in a real browser: an administrator and Dana look around, and see what happens as it happens.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launch, lookAt } from '../testing/chromium.ts'
import { BOOTSTRAP, type Server, startServer, temporaryFolder } from '../testing/server.ts'
import { exchange, openShop, PASSWORD, registerAgent, type Shop, signInAt, startUpstreams } from '../testing/shop.ts'

const ADA = { email: BOOTSTRAP.MANDATE_BOOTSTRAP_ADMIN_EMAIL, password: BOOTSTRAP.MANDATE_BOOTSTRAP_ADMIN_PASSWORD }
const closing: (() => Promise<unknown>)[] = []
let server: Server
let shop: Shop
let browser: Browser
let admin: Page
let dana: Page

before(async () => {
  const { path, remove } = await temporaryFolder()
  closing.push(remove)
  server = await startServer({ MANDATE_DATA_DIR: path, ...BOOTSTRAP })
  closing.push(() => server.stop())
  const upstreams = await startUpstreams()
  closing.push(() => upstreams.close())
  shop = await openShop(server.issuer, upstreams)
  browser = await launch()
  closing.push(() => browser.close())
  admin = await (await browser.newContext()).newPage()
  dana = await (await browser.newContext()).newPage()
  await use('/orders')
  const planner = await registerAgent(shop.admin, shop.owner, {
    name: 'Travel planner',
    purpose: 'Plans journeys and keeps the calendar in order.',
    assigned: {},
  })
  await signInAt(server.issuer, { agent: planner, person: { email: 'dana@example.com', password: PASSWORD } })
})
after(async () => {
  for (const close of closing.reverse()) await close()
})

/** The agent does something for Dana. */
async function use(path: string): Promise<number> {
  const { issuer, agent } = shop
  const { access_token: subject } = await signInAt(issuer, {
    agent,
    person: { email: 'dana@example.com', password: PASSWORD },
  })
  const { body } = await exchange(issuer, agent, subject, `${issuer}/mcp/orders-api`)
  const answer = await fetch(`${issuer}/proxy/orders-api${path}`, {
    headers: { authorization: `Bearer ${body.access_token}` },
  })
  return answer.status
}

const open = (page: Page, path: string) => page.goto(`${server.issuer}${path}`)
const text = (page: Page) => page.locator('main').innerText()

test('signing in works with the keyboard alone, and leads to where one wanted to go', async () => {
  await open(admin, '/agents')
  await lookAt(admin, 'sign-in')
  await admin.locator('#email').focus()
  await admin.keyboard.type(ADA.email)
  await admin.keyboard.press('Tab')
  await admin.keyboard.type('wrong')
  await admin.keyboard.press('Enter')
  await admin.getByRole('alert').waitFor()
  await lookAt(admin, 'sign-in-refused')
  await admin.locator('#password').fill(ADA.password)
  await admin.keyboard.press('Enter')
  await admin.waitForURL(/\/agents$/)
  await open(dana, '/')
  await dana.locator('#email').fill('dana@example.com')
  await dana.locator('#password').fill(PASSWORD)
  await dana.keyboard.press('Enter')
  await dana.locator('h1', { hasText: 'Hello, Dana' }).waitFor()
})

test('an administrator finds agents, one of them, and the audit log readable on every screen', async () => {
  await open(admin, '/')
  await lookAt(admin, 'home-admin')
  await open(admin, '/agents')
  await lookAt(admin, 'agents')
  await admin.getByRole('link', { name: 'Orders assistant' }).click()
  await admin.locator('h1', { hasText: 'Orders assistant' }).waitFor()
  await lookAt(admin, 'agent')
  assert.match(await text(admin), /Orders assistant used GET \/orders at orders-api for Dana/)
  assert.match(await text(admin), /Without asking.*Asks a person first.*Never/s)
  await open(admin, '/audit')
  await admin.locator('details summary').nth(1).click()
  await lookAt(admin, 'audit')
  await admin.locator('#outcome').selectOption('denied')
  await admin.getByRole('button', { name: 'Show' }).click()
  await admin.waitForURL(/outcome=denied/)
  await lookAt(admin, 'audit-filtered')
})

test('a person without a role sees their own, and nothing of the house', async () => {
  await open(dana, '/')
  await lookAt(dana, 'home-dana')
  assert.deepEqual(await dana.locator('header nav a').allInnerTexts(), ['Home', 'Approvals', 'My agents'])
  await open(dana, '/my/agents')
  await dana.getByText('Stop it from acting for you').click()
  await lookAt(dana, 'my-agents')
  await dana.getByRole('button', { name: 'Stop Travel planner from acting for me' }).click()
  await dana.getByText('It can do nothing more in your name.').waitFor()
  assert.doesNotMatch(await text(dana), /Travel planner/)
  for (const path of ['/agents', `/agents/${shop.agent.id}`, '/audit']) {
    assert.equal((await open(dana, path))?.status(), 403, path)
    assert.doesNotMatch(await text(dana), /Orders assistant|orders-api/)
  }
  await lookAt(dana, 'refused')
})

test('an open page follows what happens, without being asked', async () => {
  await open(admin, `/agents/${shop.agent.id}`)
  await shop.admin.must('PATCH', `/api/v1/agents/${shop.agent.id}`, { purpose: 'Something new for the shop.' })
  await admin.locator('main', { hasText: 'Something new for the shop.' }).waitFor()
  assert.equal(await use('/orders'), 200)
  await admin.locator('li', { hasText: 'just now' }).first().waitFor()
})

test('what was typed stays when the page has changed, and what is new is offered', async () => {
  await open(admin, `/agents/${shop.agent.id}`)
  await admin.locator('#reason').fill('It was told to')
  await shop.admin.must('PATCH', `/api/v1/agents/${shop.agent.id}`, { purpose: 'Something newer.' })
  await admin.getByRole('button', { name: 'Show what is new' }).waitFor()
  assert.equal(await admin.locator('#reason').inputValue(), 'It was told to')
  assert.equal(await admin.locator('#said').innerText(), 'This page has changed.')
  assert.doesNotMatch(await text(admin), /Something newer/)
  await lookAt(admin, 'agent-changed')
})

test('the button stops the agent, with a reason, at once', async () => {
  await open(admin, `/agents/${shop.agent.id}`)
  await admin.getByRole('button', { name: /^Stop/ }).click()
  // The browser itself asks for the reason.
  assert.equal(await admin.locator('#reason:invalid').count(), 1)
  await admin.locator('#reason').fill('It refunds too much.')
  await admin.getByRole('button', { name: /^Stop/ }).click()
  await admin.locator('h1', { hasText: 'Orders assistant is stopped' }).waitFor()
  assert.match(await text(admin), /Every server that could let it through has confirmed that it will not/)
  await lookAt(admin, 'agent-stopped-what-it-held')
  await admin.getByRole('link', { name: 'Back to Orders assistant' }).click()
  await admin.getByText('It is stopped.').waitFor()
  await lookAt(admin, 'agent-stopped')
  assert.match(await text(admin), /Why: It refunds too much\./)
  assert.equal(await use('/orders').catch(() => 'no token'), 'no token')
  await admin.getByRole('button', { name: 'Let it act again' }).click()
  await admin.locator('.badge', { hasText: 'Active' }).waitFor()
})

test('who signs out elsewhere is sent to the sign-in page, wherever a page of theirs is open', async () => {
  const other = await admin.context().newPage()
  await open(other, '/')
  await open(admin, `/agents/${shop.agent.id}`)
  await other.bringToFront()
  await other.getByRole('button', { name: 'Sign out' }).click()
  await other.waitForURL(/\/sign-in/)
  await admin.bringToFront()
  await admin.waitForURL(/\/sign-in/)
})
