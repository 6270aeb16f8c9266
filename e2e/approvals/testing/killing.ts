// kill -9 at every step of an approval: afterwards it goes on, has expired, or is unknown, and never acts twice.
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as moment } from 'node:timers/promises'
import type { Ground } from '../../durability/testing/rounds.ts'
import { type Network, networkTo } from '../../replicas/testing/network.ts'
import { machineApi } from '../../testing/api.ts'
import { approvalIn } from '../../testing/approving.ts'
import { eventually } from '../../testing/eventually.ts'
import { BOOTSTRAP, type Server, startServer, temporaryFolder } from '../../testing/server.ts'
import { openShop, type Shop, startUpstreams } from '../../testing/shop.ts'
import { type Desk, openDesk } from './desk.ts'
import { type Post, startPost } from './post.ts'

const ROUNDS = 10
/** Asked, answered and used at once in each round. */
const AT_ONCE = 8
const LONGEST_MS = 1_500
const MOMENT_MS = 8

/** `ground`: settings that say where the house keeps its rows. */
export function killedApprovals(name: string, ground: (folder: string) => Promise<Ground>): void {
  describe(name, { timeout: 900_000 }, () => {
    const closing: (() => Promise<unknown>)[] = []
    let server: Server
    let shop: Shop
    let desk: Desk
    let post: Post
    let network: Network
    /** Of requests that were consumed and of whose act nobody knows the end. */
    const unknown: string[] = []
    let untold = ''

    before(async () => {
      const folder = await temporaryFolder()
      closing.push(folder.remove)
      const { settings, drop } = await ground(folder.path)
      closing.push(drop)
      post = await startPost()
      closing.push(post.close)
      server = await startServer({
        ...{ MANDATE_DATA_DIR: folder.path, ...BOOTSTRAP, ...settings, MANDATE_SMTP_URL: post.url },
      })
      closing.push(() => server.kill())
      const upstreams = await startUpstreams()
      closing.push(upstreams.close)
      shop = await openShop(server.issuer, upstreams)
      desk = await openDesk({ issuer: server.issuer, shop })
      closing.push(desk.close)
      network = await networkTo(desk.upstream.url)
      closing.push(network.close)
      const upstream = new URL(network.url).origin
      await shop.admin.must('PATCH', `/api/v1/connections/${desk.connection}`, { upstream })
    })
    after(async () => {
      for (const end of closing.reverse()) await end()
    })
    beforeEach(async () => {
      shop.admin = await machineApi(shop.issuer)
      await desk.anotherAgent()
    })

    const body = (note: string) => ({ amount: 1, note })
    const killed = async (): Promise<void> => {
      await server.kill()
      // No second try: whatever the dead process held must be free by now.
      server = await startServer(server.env as Record<string, string>)
    }
    const standing = async (id: string): Promise<[status: string, outcome: string | null]> => {
      const { status, outcome } = await desk.look(id)
      return [status, outcome]
    }
    /** It is used once now, and not a second time. */
    async function usedOnce(id: string, note: string): Promise<void> {
      assert.equal((await desk.pay(body(note))).status, 200)
      assert.deepEqual(await standing(id), ['consumed', 'done'])
      const again = await desk.pay(body(note))
      assert.equal(again.body.code, 'approval_required')
      assert.notEqual(approvalIn(again.text), id)
      assert.equal(desk.acts(`"${note}"`), 1)
    }
    /** Nobody knows how it ended: shown as that, and never tried again. */
    async function isOver(id: string, note: string, acts: number): Promise<void> {
      assert.deepEqual(await standing(id), ['consumed', 'under_way'])
      unknown.push(id)
      for (const say of ['approve', 'deny'] as const) assert.equal((await desk.say(id, say)).status, 409)
      const again = await desk.pay(body(note))
      assert.equal(again.body.code, 'approval_required')
      assert.notEqual(approvalIn(again.text), id, 'the used yes is no yes')
      assert.equal(desk.acts(`"${note}"`), acts)
    }

    test('made, before anybody was told: it goes on', async () => {
      post.greets(false)
      const id = await desk.asks(body('made'))
      untold = await desk.asks(body('untold'))
      await killed()
      post.greets(true)
      assert.deepEqual(await standing(id), ['pending', null])
      assert.equal((await desk.say(id, 'approve')).status, 200)
      await usedOnce(id, 'made')
    })

    test('told: it goes on, and is not told again', async () => {
      const id = await desk.asks(body('told'))
      await eventually(async () => (await desk.look(id)).notified_at ?? undefined)
      await killed()
      assert.equal(approvalIn((await desk.pay(body('told'))).text), id)
      assert.equal((await desk.say(id, 'approve')).status, 200)
      await usedOnce(id, 'told')
      assert.equal(post.letters.filter(({ body }) => body.includes(id)).length, 1)
    })

    test('while its call was held: nothing is done until the call is made again', async () => {
      const held = desk.pay(body('held'), { wait: 40 })
      const cut = assert.rejects(held, TypeError)
      const id = await desk.waiting('"held"')
      await killed()
      await cut
      assert.equal((await desk.say(id, 'approve')).status, 200)
      assert.deepEqual(await standing(id), ['approved', null])
      assert.equal(desk.acts('"held"'), 0, 'nobody is there any more to do it for')
      await usedOnce(id, 'held')
    })

    test('answered: the yes that was acknowledged is there and is used once, and the no is there', async () => {
      const [id, no] = [await desk.asks(body('approved')), await desk.asks(body('denied'))]
      assert.equal((await desk.say(no, 'deny')).status, 200)
      assert.equal((await desk.say(id, 'approve')).status, 200)
      await killed()
      assert.deepEqual(await standing(id), ['approved', null])
      await usedOnce(id, 'approved')
      assert.deepEqual((await desk.pay(body('denied'))).body.reasons, ['approval_denied'])
      assert.equal(desk.acts('"denied"'), 0)
    })

    test('used, before the system behind was reached: not done, and not known', async () => {
      const id = await desk.asks(body('unreached'))
      await desk.say(id, 'approve')
      network.lose()
      const cut = assert.rejects(desk.pay(body('unreached')), TypeError)
      await eventually(async () => ((await standing(id))[0] === 'consumed' ? true : undefined))
      await killed()
      await cut
      network.drop()
      network.heal()
      await isOver(id, 'unreached', 0)
    })

    test('during the act: done once, and not known', async () => {
      const id = await desk.asks(body('during'))
      await desk.say(id, 'approve')
      desk.upstream.answers(false)
      const reached = desk.upstream.reached(desk.upstream.ledger.length + 1)
      const cut = assert.rejects(desk.pay(body('during')), TypeError)
      await reached
      await killed()
      await cut
      desk.upstream.answers(true)
      await isOver(id, 'during', 1)
    })

    test('after the act, before its end was written: done once, and known or not', async () => {
      for (let time = 0; time < 2; time++) {
        const note = `after ${time}`
        const id = await desk.asks(body(note))
        await desk.say(id, 'approve')
        // The answer leaves in the same moment in which this is told that the request came.
        const reached = desk.upstream.reached(desk.upstream.ledger.length + 1)
        const answered = desk.pay(body(note)).catch((error: unknown) => {
          if (!(error instanceof TypeError)) throw error
        })
        await reached
        if (time % 2 === 1) await moment(randomInt(4))
        await killed()
        const told = await answered
        const [status, outcome] = await standing(id)
        assert.equal(status, 'consumed')
        assert.ok(outcome === 'under_way' || outcome === 'done', String(outcome))
        if (outcome === 'under_way') unknown.push(id)
        const again = await desk.pay(body(note))
        assert.equal(again.body.code, 'approval_required', `${told?.status} ${again.text}`)
        assert.notEqual(approvalIn(again.text), id)
        assert.equal(desk.acts(`"${note}"`), 1)
      }
    })

    for (let round = 1; round <= ROUNDS; round++)
      test(`round ${round}: at a moment nobody chose, among many that are asked, answered and used`, async (t) => {
        const notes = Array.from({ length: AT_ONCE }, (_, n) => `round ${round} call ${n}`)
        const told = new Map<string, number>()
        const acts = desk.upstream.ledger.length
        const lives = notes.map(async (note) => {
          const id = approvalIn((await desk.pay(body(note))).text)
          await desk.say(id, 'approve')
          // Two reach for it at once.
          await Promise.all(
            [1, 2].map(async () => {
              const { status } = await desk.pay(body(note))
              if (status === 200) told.set(note, (told.get(note) ?? 0) + 1)
            }),
          )
        })
        const over = Promise.all(
          lives.map((life) =>
            life.catch((error: unknown) => {
              if (!(error instanceof TypeError)) throw error
            }),
          ),
        )
        // By turns in the thick of the acts, with a moment added so as to hit between, and at any moment at all.
        const thick = desk.upstream.reached(acts + 1 + randomInt(AT_ONCE))
        await Promise.race([over, round % 2 === 1 ? thick : moment(randomInt(LONGEST_MS))])
        await moment(randomInt(MOMENT_MS))
        await killed()
        await over
        const before = new Map(notes.map((note) => [note, desk.acts(`"${note}"`)]))
        for (const note of notes) {
          assert.ok((before.get(note) ?? 0) <= 1, `${note} was done twice`)
          assert.ok((told.get(note) ?? 0) <= (before.get(note) ?? 0), `${note} was said to be done, and was not`)
        }
        const { items } = await shop.admin.must('GET', '/api/v1/approvals?limit=200')
        let goneOn = 0
        for (const { id, status } of items) {
          if (status !== 'pending' && status !== 'approved') continue
          const { note } = (await desk.look(id)).verified.arguments.body ?? {}
          if (!notes.includes(note)) continue
          // Those that were used already left a new question, asked by the second who reached for them.
          const asked = before.get(note) ?? 0
          if (status === 'pending') await desk.say(id, 'approve')
          assert.equal((await desk.pay(body(note))).status, 200)
          assert.equal(desk.acts(`"${note}"`), asked + 1)
          goneOn += 1
        }
        const done = [...before.values()].filter((acts) => acts === 1).length
        t.diagnostic(`${done} of ${AT_ONCE} done when it was killed, ${goneOn} went on afterwards`)
      })

    test('no yes was two acts, and each act was one attempt that used one yes', async () => {
      const { ledger } = desk.upstream
      assert.ok(ledger.length >= ROUNDS, 'too little reached the system behind: nothing was tested')
      assert.equal(new Set(ledger.map(({ requestId }) => requestId)).size, ledger.length)
      const acts = new Map<string, number>()
      for (let cursor: string | null = ''; cursor !== null; ) {
        const query: string = cursor === '' ? '' : `&cursor=${cursor}`
        const page = await shop.admin.must('GET', `/api/v1/approvals?limit=100${query}`)
        for (const { id, status } of page.items) {
          const { verified } = await shop.admin.must('GET', `/api/v1/approvals/${id}`)
          const note = verified.arguments.body?.note
          if (status === 'consumed' && note !== undefined) acts.set(note, (acts.get(note) ?? 0) + 1)
          assert.match(id, /^apr_/)
        }
        cursor = page.next_cursor
      }
      const done = Map.groupBy(ledger, ({ body }) => JSON.parse(body).note as string)
      for (const [note, all] of done)
        assert.ok(all.length <= (acts.get(note) ?? 0), `${note}: ${all.length} acts for ${acts.get(note)} yeses`)
    })

    test('who was not told is told after all, and what nobody knows is shown as unknown', async () => {
      assert.ok(unknown.length >= 2)
      await eventually(async () => (post.letters.some(({ body }) => body.includes(untold)) ? true : undefined), 150_000)
      for (const id of unknown)
        await eventually(async () => {
          const [status, outcome] = await standing(id)
          assert.equal(status, 'consumed')
          return outcome === 'unknown' ? true : undefined
        }, 100_000)
    })
  })
}
