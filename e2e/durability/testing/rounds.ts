// Killed in the middle of the day's work, ten times over the same books: what must be true each time it is back.
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as moment, setImmediate as turn } from 'node:timers/promises'
import { machineApi } from '../../testing/api.ts'
import { published } from '../../testing/log.ts'
import { BOOTSTRAP, type Server, startServer, temporaryFolder } from '../../testing/server.ts'
import { API_KEY, openShop, type Shop, signInAt, startUpstreams, type Upstreams } from '../../testing/shop.ts'
import { type Before, type Counts, checkRound, type Recorded, takeStock } from './checks.ts'
import { type Caller, doorTokens, startLoad } from './load.ts'

const ROUNDS = 10
/** How many of the ninety acts or of the two hundred answers the kill may wait for. */
const ACTS = 80
const ANSWERS = 150
const MOMENT_MS = 6

/** `ground`: settings that say where the house keeps its rows. */
export function killRounds(name: string, ground: (folder: string) => Promise<Ground>): void {
  describe(name, { timeout: 240_000 }, () => {
    const closing: (() => Promise<unknown>)[] = []
    let server: Server
    let upstreams: Upstreams
    let shop: Shop
    let subject: string
    let stock: Before
    let soFar: Recorded

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
      ;({ stock, soFar } = await takeStock(shop))
      subject = (await signInAt(shop.issuer, { agent: shop.agent, person: shop.dana })).access_token
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
        // By turns in the thick of the acts and in the thick of the answers, with a moment added so as to hit between.
        const wait = round % 2 === 1 ? acts + randomInt(ACTS) : randomInt(ANSWERS)
        if (round % 2 === 1) await until(() => load.isOver() || upstreams.book.changes().length >= wait)
        else await until(() => load.isOver() || load.answered() >= wait)
        await moment(randomInt(MOMENT_MS))
        await server.kill()
        await load.over
        // No second try: whatever the dead process held must be free by now.
        server = await startServer(server.env as Record<string, string>)
        const changes = upstreams.book.changes().slice(acts)
        const counted = await checkRound({ caller, sent: load.sent, changes, stock, kept, key })
        t.diagnostic(told(round, counted, soFar))
        soFar = counted
      })

    test('no attempt was two acts', () => {
      const all = upstreams.book.changes()
      assert.ok(all.length > 0, 'no act reached the upstream: nothing was tested')
      assert.equal(new Set(all.map(({ request_id }) => request_id)).size, all.length)
    })
  })
}

export interface Ground {
  settings: Record<string, string>
  drop(): Promise<void>
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn()
}

function refundable({ dana }: Shop, { book }: Upstreams): string[] {
  const able = dana.orders.filter((id) => {
    const { status, total, refunded } = book.order(id)
    return ['paid', 'shipped', 'delivered'].includes(status) && total - refunded > 90
  })
  assert.ok(able.length > 0, 'no order has money left to pay back')
  return able
}

function told(round: number, { calls, acks, acts, attempts, unknown }: Counts, before: Recorded): string {
  const recorded = `${attempts - before.attempts} attempts, ${unknown - before.unknown} of them without a known outcome`
  return `round ${round}: ${calls} calls, ${acks} acknowledged, ${acts} acts in the ledger, ${recorded}`
}
