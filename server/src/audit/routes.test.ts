// The log as it is read from outside, through the road and over HTTP.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import {
  append,
  emptyFrontier,
  entryHash,
  openCheckpoint,
  parseVerifierKey,
  rootOf,
  sameBytes,
} from '@mandate/contract/log'
import type { FastifyInstance } from 'fastify'
import { deny, permit } from '../kernel/decision.ts'
import { Problem } from '../kernel/problem.ts'
import { mount, road } from '../pipeline/index.ts'
import type { Database } from '../platform/database/index.ts'
import { createHttp } from '../platform/http/index.ts'
import { verifierKeyOf } from './log-key.ts'
import { type AuditRecorder, createRecorder } from './recorder.ts'
import { auditRoutes } from './routes.ts'
import { Sequencer } from './sequencer.ts'
import { agentAlone, bot, dana, ended, handClock, recorded, testDatabases, userThroughAgent } from './testing.ts'

const issuer = 'http://localhost:4000'
const signer = { name: 'localhost:4000/audit/log', ...generateKeyPairSync('ed25519') }

for (const { name, open } of testDatabases())
  describe(`the audit routes on ${name}`, () => {
    const clock = handClock()
    let database: Database
    let app: FastifyInstance
    let recorder: AuditRecorder
    let sequencer: Sequencer

    before(async () => {
      database = await open()
      const onError = (error: unknown) => assert.fail(String(error))
      recorder = createRecorder({ database, clock, redact: (value) => value, accountable: () => [dana], onError })
      sequencer = new Sequencer({ database, clock, signer, onError })
      app = await createHttp({ issuer, onError })
      const perform = road({
        authenticate({ credentials }) {
          if (credentials.authorization === undefined) throw new Problem('unauthenticated')
          return { ...userThroughAgent, sub: 'usr_reader', act: [], client: 'cli_console', task: undefined }
        },
        decide: (_, { action, resource }) => (action === 'read' && resource === 'audit' ? permit : deny('no_role')),
        record: recorder,
        transaction: database.transaction,
        reached: async () => {},
        span: (_, work) => work(),
        counted: () => {},
        now: clock.now,
        elapsed: clock.elapsed,
      })
      mount(auditRoutes(verifierKeyOf(signer)), { app, perform, issuer })

      for (let i = 0; i < 5; i++) {
        clock.pass(1_000)
        const call = recorded({ correlation: `req_${i}`, questions: [{ action: 'refund', resource: `order:${i}` }] })
        const attempt = await recorder.attempt(call)
        clock.pass(1)
        await recorder.outcome(
          attempt,
          ended({ ...call, outcome: i === 4 ? 'failed' : 'done', facts: { approval: `apr_${i}` } }),
        )
      }
      clock.pass(1_000)
      await recorder.attempt(recorded({ correlation: 'alone', principal: agentAlone, operation: 'orders.count' }))
      await sequencer.poke()
    })
    after(async () => {
      await sequencer.stop()
      await app.close()
      await recorder.stop()
      await database.close()
    })

    const get = (url: string, authorization: string | undefined = 'Bearer x') =>
      app.inject({ url, headers: authorization === '' ? {} : { authorization } })
    const events = async (query: Record<string, string>) => {
      const response = await get(`/api/v1/audit/events?${new URLSearchParams(query)}`)
      assert.equal(response.statusCode, 200, response.body)
      return response.json()
    }
    const correlations = async (query: Record<string, string>): Promise<string[]> =>
      (await events(query)).items.map((event: { correlation: string }) => event.correlation)

    it('lists events newest first, page by page, without gaps or repeats', async () => {
      const seen: { id: string; leaf_index: number }[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: { items: typeof seen; next_cursor: string | null } = await events({
          limit: '4',
          kind: 'attempt',
          ...(cursor !== '' && { cursor }),
        })
        seen.push(...page.items)
        cursor = page.next_cursor
      }
      assert.equal(seen.length, 6)
      assert.deepEqual(
        seen.map(({ id }) => id),
        [...new Set(seen.map(({ id }) => id))].sort().reverse(),
      )
      assert.ok(seen.every(({ leaf_index }) => Number.isInteger(leaf_index)))
    })

    it('filters by everything the contract names', async () => {
      assert.deepEqual(await correlations({ principal: bot }), ['alone'])
      assert.equal((await correlations({ principal: dana })).length, 10)
      assert.equal((await correlations({ agent: bot })).length, 11)
      assert.equal((await correlations({ user: dana })).length, 10)
      assert.equal((await correlations({ task: 'txn_1' })).length, 11)
      assert.deepEqual(await correlations({ resource: 'order:3' }), ['req_3', 'req_3'])
      assert.equal((await correlations({ action: 'refund' })).length, 11)
      assert.deepEqual(await correlations({ operation: 'orders.count' }), ['alone'])
      assert.deepEqual(await correlations({ outcome: 'failed' }), ['req_4'])
      assert.deepEqual(await correlations({ approval: 'apr_2' }), ['req_2'])
      assert.deepEqual(await correlations({ correlation: 'req_1', kind: 'outcome' }), ['req_1'])
      const [alone] = (await events({ correlation: 'alone' })).items
      assert.deepEqual(alone.accountable, [dana])
    })

    it('cuts a span of time exactly: from inclusive, to exclusive', async () => {
      const [second] = (await events({ correlation: 'req_1', kind: 'attempt' })).items
      const [fourth] = (await events({ correlation: 'req_3', kind: 'attempt' })).items
      const within = await correlations({ from: second.at, to: fourth.at, kind: 'attempt' })
      assert.deepEqual(within, ['req_2', 'req_1'])
    })

    it('names the rule a query breaks, and does not pass it on to the database', async () => {
      for (const query of [
        'from=yesterday',
        'kind=all',
        'cursor=%00',
        'agent=%00',
        'limit=0',
        'limit=201',
        'colour=red',
        'outcome=',
      ]) {
        const response = await get(`/api/v1/audit/events?${query}`)
        assert.equal(response.statusCode, 400, query)
        assert.equal(response.json().errors[0].field, query.split('=')[0])
      }
    })

    it('exports the exact bytes that are hashed, so that the export alone proves the checkpoint', async () => {
      const { body: note } = await get('/audit/log/checkpoint', '')
      const { body: keyLine } = await get('/audit/log/key', '')
      const key = parseVerifierKey(keyLine.trimEnd())
      assert.ok(key)
      const checkpoint = openCheckpoint(note, key)
      assert.ok(checkpoint)
      let tree = emptyFrontier
      for (let from = 0; ; ) {
        const response = await get(`/api/v1/audit/export?format=jsonl&from=${from}&limit=4`)
        assert.match(String(response.headers['content-type']), /^application\/jsonl/)
        if (response.body === '') break
        tree = append(tree, response.body.trimEnd().split('\n').map(entryHash))
        from = Number(response.headers['x-next-leaf'])
        assert.equal(tree.size, from)
      }
      assert.equal(tree.size, checkpoint.size)
      assert.ok(sameBytes(rootOf(tree), checkpoint.root))
    })

    it('refuses the export formats it does not offer by name', async () => {
      for (const format of ['ocsf', 'cef', 'xml']) {
        const response = await get(`/api/v1/audit/export?format=${format}`)
        assert.equal(response.statusCode, 400)
        assert.match(response.json().detail, /must be jsonl; ocsf and cef are not offered/)
      }
    })

    it('lists all checkpoints, smallest first', async () => {
      await recorder.attempt(recorded())
      await sequencer.poke()
      const { body: newest } = await get('/audit/log/checkpoint', '')
      const listed: { size: number; note: string }[] = []
      // One at a time; what is read here is recorded too, so the log may grow meanwhile.
      for (let cursor: string | null = '', pages = 0; cursor !== null && pages < 50; pages++) {
        const page: { items: typeof listed; next_cursor: string | null } = (
          await get(`/api/v1/audit/checkpoints?limit=1${cursor && `&cursor=${cursor}`}`)
        ).json()
        listed.push(...page.items)
        cursor = page.next_cursor
      }
      const sizes = listed.map(({ size }) => size)
      assert.ok(sizes.length >= 2)
      assert.deepEqual(
        sizes,
        [...new Set(sizes)].sort((one, other) => one - other),
      )
      assert.ok(listed.some(({ note }) => note === newest))
    })

    it('lets anyone watch the log without making it grow, and nobody unknown read it', async () => {
      await recorder.stop()
      await sequencer.poke()
      const { body: note } = await get('/audit/log/checkpoint', '')
      for (let i = 0; i < 5; i++) await get('/audit/log/checkpoint', '')
      await recorder.stop()
      await sequencer.poke()
      assert.equal((await get('/audit/log/checkpoint', '')).body, note)
      for (const path of ['events', 'export', 'checkpoints'])
        assert.equal((await get(`/api/v1/audit/${path}`, '')).statusCode, 401)
    })

    it('records who read the log, and how much', async () => {
      clock.pass(1)
      await get('/api/v1/audit/events?limit=3')
      await recorder.stop()
      const [read] = (await events({ kind: 'read', operation: 'audit.list-events', limit: '1' })).items
      assert.deepEqual([read.principal.sub, read.facts.records, read.outcome], ['usr_reader', 3, 'done'])
    })
  })
