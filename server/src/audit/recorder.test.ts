// The recorder on real databases: durable before the act, complete after it, and free of contents.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { AuditEvent } from '@mandate/contract'
import fc from 'fast-check'
import { canonical } from '../kernel/canonical.ts'
import { Problem } from '../kernel/problem.ts'
import type { Database } from '../platform/database/index.ts'
import { redact } from '../platform/telemetry/index.ts'
import { createRecorder, type RecorderOptions } from './recorder.ts'
import {
  agentAlone,
  bot,
  dana,
  ended,
  handClock,
  recorded,
  type StoredEvent,
  storedEvents,
  testDatabases,
  type Watched,
  watch,
} from './testing.ts'

const CANARY = 'ghp_0123456789abcdefghijklmnopqrstuvwxyz'
const unavailable = (error: unknown) => error instanceof Problem && error.code === 'unavailable'

for (const { name, open } of testDatabases())
  describe(`the recorder on ${name}`, () => {
    let database: Database
    before(async () => {
      database = await open()
    })
    after(() => database.close())

    const start = (more: Partial<RecorderOptions> = {}) => {
      const watched: Watched = watch(database)
      const errors: Error[] = []
      const clock = handClock()
      const recorder = createRecorder({
        database: watched,
        clock,
        redact,
        accountable: () => [dana],
        onError: (error) => errors.push(error),
        ...more,
      })
      return { watched, errors, clock, recorder }
    }
    let last = 0
    const fresh = () => `req_${++last}`
    const of = async (correlation: string): Promise<StoredEvent[]> =>
      (await storedEvents(database)).filter((event) => event.correlation === correlation)
    const only = async (correlation: string) => {
      const [event, ...more] = await of(correlation)
      assert.ok(event && more.length === 0, `one event of ${correlation}, not ${more.length + (event ? 1 : 0)}`)
      return { ...event, said: JSON.parse(event.entry) }
    }

    it('writes concurrent attempts with one insert, one row for each', async () => {
      const { recorder, watched } = start()
      const correlation = fresh()
      const ids = await Promise.all(Array.from({ length: 256 }, () => recorder.attempt(recorded({ correlation }))))
      assert.equal(watched.statements, 1)
      assert.deepEqual(
        (await of(correlation)).map(({ id }) => id),
        ids.toSorted(),
      )
      assert.equal(recorder.pending(), 0)
    })

    it('resolves an attempt only when it is committed', async () => {
      const { recorder, watched } = start()
      const correlation = fresh()
      const gate = Promise.withResolvers<void>()
      watched.gate = gate.promise
      let resolved = false
      const attempt = recorder.attempt(recorded({ correlation })).then(() => {
        resolved = true
      })
      assert.deepEqual(await of(correlation), [])
      assert.deepEqual([resolved, recorder.pending()], [false, 1])
      gate.resolve()
      await attempt
      assert.equal((await of(correlation)).length, 1)
    })

    it('says who acted, for whom, through which chain, and what was asked', async () => {
      const { recorder, clock } = start()
      const correlation = fresh()
      const id = await recorder.attempt(recorded({ correlation }))
      const event = await only(correlation)
      assert.deepEqual(event.said, {
        v: 1,
        id,
        at: new Date(clock.now()).toISOString(),
        kind: 'attempt',
        operation: 'orders.refund',
        class: 'act',
        principal: {
          sub: dana,
          kind: 'user',
          act: [bot],
          client_id: bot,
          sid: 'ses_1',
          txn: 'txn_1',
          del: 'del_1',
          jti: 'token-1',
        },
        questions: [{ action: 'refund', resource: 'order:42', context: { amount: 124_000, currency: 'EUR' } }],
        correlation,
        remote: '127.0.0.1',
      })
      assert.equal(event.entry, canonical(event.said))
      assert.deepEqual(
        [event.sub, event.agents, event.actions, event.resources],
        [dana, [bot], ['refund'], ['order:42']],
      )
    })

    it('names who answered for an agent on its own business, at that moment', async () => {
      let owner = 'usr_before'
      const { recorder } = start({ accountable: () => [owner] })
      const [first, second] = [fresh(), fresh()]
      await recorder.attempt(recorded({ correlation: first, principal: agentAlone }))
      owner = 'usr_after'
      await recorder.attempt(recorded({ correlation: second, principal: agentAlone }))
      assert.deepEqual((await only(first)).said.accountable, ['usr_before'])
      assert.deepEqual((await only(second)).said.accountable, ['usr_after'])
    })

    it('rejects every attempt of a batch that the database did not take, stores none, and goes on', async () => {
      const { recorder, watched } = start()
      const correlation = fresh()
      watched.fault = 'away'
      const results = await Promise.allSettled(
        Array.from({ length: 50 }, () => recorder.attempt(recorded({ correlation }))),
      )
      assert.ok(results.every((result) => result.status === 'rejected' && unavailable(result.reason)))
      assert.deepEqual(await of(correlation), [])
      watched.fault = 'none'
      await recorder.attempt(recorded({ correlation }))
      assert.equal((await of(correlation)).length, 1)
    })

    it('rejects a standalone outcome that could not be written', async () => {
      const { recorder, watched } = start()
      const correlation = fresh()
      const attempt = await recorder.attempt(recorded({ correlation }))
      watched.fault = 'away'
      await assert.rejects(recorder.outcome(attempt, ended({ correlation })), unavailable)
      assert.deepEqual(
        (await of(correlation)).map(({ kind }) => kind),
        ['attempt'],
      )
    })

    it('commits an outcome with its act or not at all', async () => {
      const { recorder } = start()
      const [kept, undone] = [fresh(), fresh()]
      const attempts = await Promise.all(
        [kept, undone].map((correlation) => recorder.attempt(recorded({ correlation }))),
      )
      await database.transaction((tx) => recorder.outcome(attempts[0] ?? '', ended({ correlation: kept }), tx))
      await assert.rejects(
        database.transaction(async (tx) => {
          await recorder.outcome(attempts[1] ?? '', ended({ correlation: undone }), tx)
          throw new Error('the act failed')
        }),
      )
      const outcome = (await of(kept)).find(({ kind }) => kind === 'outcome')
      assert.equal(JSON.parse(outcome?.entry ?? '{}').attempt, attempts[0])
      assert.deepEqual(
        (await of(undone)).map(({ kind }) => kind),
        ['attempt'],
      )
    })

    it('refuses to wait for itself inside a transaction', async () => {
      const { recorder } = start()
      await database.transaction(async () => {
        await assert.rejects(recorder.attempt(recorded()), /inside a transaction/)
        await assert.rejects(recorder.outcome('evt_1', ended()), /inside a transaction/)
      })
    })

    it('keeps reads and denials through an outage and writes each once, even when an answer was lost', async () => {
      const { recorder, watched, errors } = start()
      const [read, denied] = [fresh(), fresh()]
      watched.fault = 'away'
      for (let i = 0; i < 250; i++) recorder.after(ended({ correlation: read, class: 'read' }))
      for (let i = 0; i < 250; i++)
        recorder.after(ended({ correlation: denied, class: 'question', outcome: 'denied', reasons: ['not_assigned'] }))
      await recorder.stop()
      assert.equal(recorder.pending(), 500)
      watched.fault = 'answer lost'
      await recorder.stop()
      assert.equal(recorder.pending(), 500)
      assert.ok(errors.some(({ message }) => message.includes('500 audit records')))
      watched.fault = 'none'
      await recorder.stop()
      assert.equal(recorder.pending(), 0)
      const kinds = [...(await of(read)), ...(await of(denied))].map(({ kind }) => kind)
      assert.deepEqual([kinds.length, new Set(kinds)], [500, new Set(['read', 'denial'])])
    })

    it('caps refusals per reason and address and says how many it left out', async () => {
      const { recorder } = start()
      const remote = '192.0.2.77'
      for (let i = 0; i < 100; i++)
        recorder.refused({ operation: 'directory.list-users', correlation: fresh(), remote }, 'unauthenticated')
      recorder.refused({ operation: 'directory.list-users', correlation: fresh(), remote }, 'invalid_input')
      await recorder.stop()
      const said = (await storedEvents(database))
        .map(({ entry }) => JSON.parse(entry))
        .filter((entry) => entry.remote === remote)
      const unauthenticated = said.filter(({ reasons }) => reasons[0] === 'unauthenticated')
      assert.equal(unauthenticated.length, 21)
      assert.deepEqual(unauthenticated.map(({ suppressed }) => suppressed).filter(Boolean), [80])
      assert.equal(said.length, 22)
      assert.ok(said.every(({ kind }) => kind === 'refused'))
    })

    it('lets no secret out of facts, reasons or questions, and no contents out of contexts', async () => {
      const { recorder } = start()
      const correlation = fresh()
      const questions = [
        {
          action: 'send',
          resource: `mail:${CANARY}`,
          context: { amount: 5, body: `Dear ${CANARY}`, nested: { CANARY } },
        },
      ]
      const attempt = await recorder.attempt(recorded({ correlation, questions }))
      const facts = { note: CANARY, list: [CANARY], [CANARY]: 1, client_secret: 'hunter2' }
      await recorder.outcome(attempt, ended({ correlation, questions, facts, reasons: [CANARY] }))
      recorder.after(ended({ correlation, class: 'read', facts }))
      await recorder.stop()
      const rows = await of(correlation)
      assert.equal(rows.length, 3)
      for (const { row } of rows)
        assert.ok(!/ghp_|hunter2/.test(row) && !row.includes('Dear') && row.includes('[redacted]'))
      const said = JSON.parse(rows.find(({ kind }) => kind === 'attempt')?.entry ?? '')
      assert.deepEqual(said.questions[0].context, { amount: 5 })
    })

    it('cannot be broken by what a caller names, nor fails others with it', async () => {
      const { recorder } = start()
      const text = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(
          '\0',
          '\ud800',
          '\u001f',
          '{"a":1}',
          "'); drop table audit_events; --",
          '__proto__',
          'NULL',
          '{}',
          'x'.repeat(5_000),
          '\u{1f600}'.repeat(300),
        ),
      )
      const facts = fc.dictionary(text, fc.oneof(text, fc.double(), fc.boolean(), fc.array(text)))
      const asked = fc.array(
        fc.record({ action: text, resource: text, context: fc.dictionary(text, fc.jsonValue()) }),
        { minLength: 1 },
      )
      const calls = fc.array(fc.tuple(text, asked, facts, fc.array(text)), { minLength: 1, maxLength: 20 })
      await fc.assert(
        fc.asyncProperty(calls, async (named) => {
          const ids = await Promise.all(
            named.map(([remote, questions]) => recorder.attempt(recorded({ correlation: remote, remote, questions }))),
          )
          for (const [remote, questions, facts, reasons] of named)
            recorder.after(ended({ class: 'read', remote, questions, facts, reasons }))
          await recorder.stop()
          assert.deepEqual([new Set(ids).size, recorder.pending()], [named.length, 0])
        }),
        { numRuns: 25 },
      )
      for (const { entry } of await storedEvents(database)) {
        assert.equal(entry, canonical(JSON.parse(entry)))
        AuditEvent.parse(JSON.parse(entry))
      }
    })

    it('says how it ended however much was asked and noted', async () => {
      const { recorder } = start()
      const correlation = fresh()
      const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`n${i}`, i]))
      const questions = Array.from({ length: 1_000 }, (_, i) => ({
        action: 'a',
        resource: `order:${i}`,
        context: many,
      }))
      const reasons = Array.from({ length: 1_000 }, (_, i) => `reason_${i}`)
      recorder.after(ended({ class: 'read', correlation, questions, facts: many, reasons, outcome: 'failed' }))
      await recorder.stop()
      const { said, outcome } = await only(correlation)
      assert.deepEqual([outcome, said.reasons.length, said.principal.act], ['failed', 100, [bot]])
      assert.deepEqual(said.questions[99].resource, 'order:99')
      assert.ok(AuditEvent.safeParse(said).success)
    })

    it('says how many questions there were when it does not list all', async () => {
      const { recorder } = start()
      const correlation = fresh()
      const questions = Array.from({ length: 1_000 }, (_, i) => ({ action: 'read', resource: `order:${i}` }))
      await recorder.attempt(recorded({ correlation, questions }))
      const { said } = await only(correlation)
      assert.deepEqual([said.questions.length, said.questions_total], [100, 1_000])
    })

    it('fails one call alone when its entry cannot be made, and never throws at the road for what comes after', async () => {
      const { recorder, errors } = start({
        accountable: () => {
          throw new Error('no owners known')
        },
      })
      const correlation = fresh()
      const [broken, whole] = await Promise.allSettled([
        recorder.attempt(recorded({ principal: agentAlone })),
        recorder.attempt(recorded({ correlation })),
      ])
      assert.deepEqual([broken.status, whole.status], ['rejected', 'fulfilled'])
      recorder.after(ended({ principal: agentAlone, class: 'read' }))
      assert.match(errors[0]?.message ?? '', /no owners known/)
    })
  })
