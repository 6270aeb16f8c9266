// Killed in the middle of the day's work, ten times over the same books: what must be true each time it is back.
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { setTimeout as moment } from 'node:timers/promises'
import { machineApi } from '../../testing/api.ts'
import { published } from '../../testing/log.ts'
import { BOOTSTRAP, type Server, startServer, temporaryFolder } from '../../testing/server.ts'
import { API_KEY, openShop, type Shop, signInAt, startUpstreams, type Upstreams } from '../../testing/shop.ts'
import { type Before, checkRound, takeStock } from './checks.ts'
import { type Caller, doorTokens, startLoad } from './load.ts'

const ROUNDS = 10
/** Answers after which the kill may come, of the two hundred; a moment is added, so that it is not always an answer. */
const ANSWERS = 170
const MOMENT_MS = 12

/** `ground`: settings that say where the house keeps its rows. */
export function killRounds(name: string, ground: (folder: string) => Promise<Ground>): void {
  describe(name, { timeout: 240_000 }, () => {
    const closing: (() => Promise<unknown>)[] = []
    let server: Server
    let upstreams: Upstreams
    let shop: Shop
    let subject: string
    let stock: Before

    before(async () => {
      const folder = await temporaryFolder()
      closing.push(folder.remove)
      const { settings, drop } = await ground(folder.path)
      closing.push(drop)
      upstreams = await startUpstreams({ ledgerFile: join(folder.path, 'ledger.jsonl') })
      closing.push(() => upstreams.close())
      server = await startServer({ MANDATE_DATA_DIR: folder.path, ...BOOTSTRAP, ...settings })
      closing.push(() => server.kill())
      shop = await openShop(server.issuer, upstreams)
      await server.stop()
      server = await startServer({ ...server.env, MANDATE_FGA_STORE: shop.store })
      subject = (await signInAt(shop.issuer, { agent: shop.agent, person: shop.dana })).access_token
      stock = await takeStock(shop)
    })
    after(async () => {
      for (const end of closing.reverse()) await end()
    })

    for (let round = 1; round <= ROUNDS; round++)
      test(`round ${round}: killed under load, nothing that was promised is missing and nothing is half there`, async (t) => {
        shop.admin = await machineApi(shop.issuer)
        shop.fga = await machineApi(shop.issuer, '/fga')
        const caller: Caller = {
          ...{ shop, subject, upstream: upstreams.api, orders: refundable(shop, upstreams) },
          tokens: await doorTokens(shop, subject),
        }
        const key = await published(shop.issuer, 'key')
        const kept = [await published(shop.issuer, 'checkpoint')]
        const acts = upstreams.book.changes().length
        const load = await startLoad(caller, round, API_KEY)
        await load.answered(randomInt(ANSWERS))
        await moment(randomInt(MOMENT_MS))
        await server.kill()
        await load.over
        // No second try: whatever the dead process held must be free by now.
        server = await startServer(server.env as Record<string, string>)
        const changes = upstreams.book.changes().slice(acts)
        const counted = await checkRound({ caller, sent: load.sent, changes, stock, kept, key })
        report(t, round, counted)
      })

    test('the ledger file holds what the upstream did', () => {
      const all = upstreams.book.changes()
      assert.ok(all.length > 0, 'no act reached the upstream: nothing was tested')
      assert.equal(new Set(all.map(({ request_id }) => request_id)).size, all.length, 'one attempt was two acts')
    })
  })
}

export interface Ground {
  settings: Record<string, string>
  drop(): Promise<void>
}

function refundable({ dana }: Shop, { book }: Upstreams): string[] {
  const able = dana.orders.filter((id) => {
    const { status, total, refunded } = book.order(id)
    return ['paid', 'shipped', 'delivered'].includes(status) && total - refunded > 200
  })
  assert.ok(able.length > 0, 'no order has money left to pay back')
  return able
}

function report(t: TestContext, round: number, counted: Record<string, number>): void {
  const said = Object.entries(counted).map(([name, count]) => `${count} ${name}`)
  t.diagnostic(`round ${round}: ${said.join(', ')}`)
}
