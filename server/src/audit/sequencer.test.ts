// The sequencer on real databases: dense leaves, one tree, checkpoints that agree, and nothing half-written.
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import {
  append,
  emptyFrontier,
  entryHash,
  makeConsistencyProof,
  openCheckpoint,
  rootOf,
  sameBytes,
  verifierKey,
  verifyConsistency,
} from '@mandate/contract/log'
import type { Database } from '../platform/database/index.ts'
import { createRecorder } from './recorder.ts'
import { sequence } from './sequence.ts'
import { Sequencer } from './sequencer.ts'
import { listCheckpoints, listLeaves } from './store.ts'
import { ended, handClock, recorded, storedEvents, testDatabases, type Watched, watch } from './testing.ts'

const ORIGIN = 'localhost:4000/audit/log'
const outside = AsyncLocalStorage.snapshot()
const signer = { name: ORIGIN, ...generateKeyPairSync('ed25519') }
const key = verifierKey(ORIGIN, signer.publicKey)

for (const { name, open } of testDatabases())
  describe(`the sequencer on ${name}`, () => {
    let database: Database
    let watched: Watched
    before(async () => {
      database = await open()
    })
    after(() => database.close())
    beforeEach(async () => {
      watched = watch(database)
      await asOwner(
        `delete from audit_events`,
        `delete from audit_checkpoints`,
        `update audit_tree set size = 0, frontier = decode('0000000000000000', 'hex')`,
      )
    })

    /** What only the owner of the database can do: the tables do not defend themselves. */
    const asOwner = (...statements: string[]) =>
      database.connected((connection) =>
        connection.script(
          [
            'alter table audit_events disable trigger all',
            ...statements,
            'alter table audit_events enable trigger all',
          ].join(';'),
        ),
      )
    const unexpected = (error: Error): void => {
      throw error
    }
    const recorder = () =>
      createRecorder({
        database,
        clock: handClock(),
        redact: (value) => value,
        accountable: () => [],
        onError: unexpected,
      })
    const sequencer = (onError = unexpected) =>
      new Sequencer({ database: watched, clock: handClock(), signer, onError })
    const write = async (count: number) => {
      const { attempt } = recorder()
      return Promise.all(Array.from({ length: count }, () => attempt(recorded())))
    }
    const leaves = () => database.transaction((tx) => listLeaves(tx, { from: 0, limit: 100_000 }))
    const checkpoints = async () =>
      (await database.transaction((tx) => listCheckpoints(tx, { after: -1, limit: 10_000 }))).map(({ note }) => {
        const opened = openCheckpoint(note, key)
        assert.ok(opened, 'a checkpoint signed by the log')
        return opened
      })

    /** What a verifier with an export and the newest checkpoint does. */
    const untouched = async (): Promise<boolean> => {
      const newest = (await checkpoints()).at(-1)
      const all = await leaves()
      assert.ok(newest && newest.size > 0, 'something to verify')
      if (!all.every(({ leaf_index }, i) => leaf_index === i) || all.length < newest.size) return false
      const tree = append(
        emptyFrontier,
        all.slice(0, newest.size).map(({ entry }) => entryHash(entry)),
      )
      return sameBytes(rootOf(tree), newest.root)
    }

    it('signs a checkpoint of the empty log when it first starts, and no second one', async () => {
      for (let i = 0; i < 2; i++) {
        const running = sequencer()
        await running.start()
        await running.stop()
      }
      assert.deepEqual(
        (await checkpoints()).map(({ size }) => size),
        [0],
      )
    })

    it('gives dense leaves while writers write and two sequencers race', async () => {
      const [one, other] = [sequencer(), sequencer()]
      for (let round = 0; round < 8; round++) await Promise.all([write(60), write(60), one.poke(), other.poke()])
      await one.poke()
      await Promise.all([one.stop(), other.stop()])
      assert.deepEqual(
        (await leaves()).map(({ leaf_index }) => leaf_index),
        Array.from({ length: 960 }, (_, i) => i),
      )
      assert.ok(await untouched())
    })

    it('signs checkpoints of which each is consistent with all before it', async () => {
      const running = sequencer()
      for (const count of [1, 2, 4, 9, 1, 30]) {
        await write(count)
        await running.poke()
      }
      await running.stop()
      const signed = await checkpoints()
      assert.deepEqual(
        signed.map(({ size }) => size),
        [1, 3, 7, 16, 17, 47],
      )
      const hashes = (await leaves()).map(({ entry }) => entryHash(entry))
      for (const [i, older] of signed.entries())
        for (const newer of signed.slice(i)) {
          const proof = await makeConsistencyProof((start, end) => hashes.slice(start, end), {
            size1: older.size,
            size2: newer.size,
          })
          assert.ok(
            verifyConsistency({
              size1: BigInt(older.size),
              size2: BigInt(newer.size),
              root1: older.root,
              root2: newer.root,
              proof,
            }),
          )
        }
    })

    it('takes on more than one pass can hold', async () => {
      await Promise.all(Array.from({ length: 6 }, () => write(900)))
      const running = sequencer()
      await running.poke()
      await running.stop()
      assert.equal((await leaves()).length, 5_400)
      assert.ok(await untouched())
    })

    it('finds any change, deletion, insertion or reordering of entries', async () => {
      await write(12)
      const running = sequencer()
      await running.poke()
      await running.stop()
      assert.ok(await untouched())
      const attacks = [
        `update audit_events set entry = replace(entry, '124000', '124') where leaf_index = 3`,
        `update audit_events set entry = entry || ' ' where leaf_index = 11`,
        `delete from audit_events where leaf_index = 5`,
        `delete from audit_events where leaf_index = 11`,
        `delete from audit_events where leaf_index = 5;
         update audit_events set leaf_index = 1 - leaf_index where leaf_index > 5;
         update audit_events set leaf_index = -leaf_index where leaf_index < 0`,
        `update audit_events set leaf_index = 99 where leaf_index = 2; update audit_events set leaf_index = 2 where leaf_index = 7;
         update audit_events set leaf_index = 7 where leaf_index = 99`,
        `update audit_events set leaf_index = 99 where leaf_index = 0;
         insert into audit_events (id, at, entry, leaf_index, kind, operation, agents, actions, resources)
         values ('evt_x', now(), '{}', 0, 'note', 'x', '{}', '{}', '{}')`,
      ]
      for (const attack of attacks) {
        await asOwner('create table kept as table audit_events', attack)
        assert.equal(await untouched(), false, attack)
        await asOwner('delete from audit_events', 'insert into audit_events table kept', 'drop table kept')
        assert.ok(await untouched())
      }
    })

    it('has tables that refuse changes by mistake', async () => {
      await write(2)
      const running = sequencer()
      await write(1)
      await running.poke()
      await running.stop()
      await write(1)
      for (const mistake of [
        `update audit_events set entry = '{}'`,
        `update audit_events set entry = '{}' where leaf_index is null`,
        `update audit_events set leaf_index = 9 where leaf_index = 1`,
        `update audit_events set outcome = 'done' where leaf_index = 1`,
        'delete from audit_events',
        'truncate audit_events',
      ])
        await assert.rejects(
          database.connected((connection) => connection.query(mistake)),
          /append-only/,
          mistake,
        )
    })

    it('leaves nothing half-written when a pass breaks at any of its statements', async () => {
      await write(3)
      const running = sequencer(() => {})
      let broken = 0
      for (let statement = 1; ; statement++) {
        let struck = false
        watched.fault = {
          statement,
          async how() {
            struck = true
            throw new Error('crashed')
          },
        }
        await running.poke()
        if (!struck) break
        broken += 1
        assert.deepEqual([await leaves(), await checkpoints()], [[], []])
      }
      await running.stop()
      assert.equal(broken, 6)
      assert.ok(await untouched())
    })

    it('counts nothing twice when the answer to its commit was lost', async () => {
      await write(3)
      const running = sequencer(() => {})
      watched.fault = 'answer lost'
      await running.poke()
      watched.fault = 'none'
      await write(2)
      await running.poke()
      await running.stop()
      assert.deepEqual(
        (await checkpoints()).map(({ size }) => size),
        [3, 5],
      )
      assert.ok(await untouched())
    })

    it('refuses to grow a tree that does not have the size it says', async () => {
      await write(3)
      await asOwner('update audit_tree set size = 1')
      const errors: Error[] = []
      const running = sequencer((error) => errors.push(error))
      await running.poke()
      await running.stop()
      assert.match(errors[0]?.message ?? '', /does not have the size/)
      assert.deepEqual(await leaves(), [])
    })

    it('passes over what is rolled back', async () => {
      const { attempt, outcome } = recorder()
      const id = await attempt(recorded())
      await assert.rejects(
        database.transaction(async (tx) => {
          await outcome(id, ended(), tx)
          throw new Error('undone')
        }),
      )
      const running = sequencer()
      await running.poke()
      await running.stop()
      assert.equal((await leaves()).length, 1)
    })

    // One connection has one transaction at a time: these two say something of a shared database only.
    if (name === 'PostgreSQL') {
      it('never skips a row that was written early and committed late', async () => {
        const { attempt, outcome } = recorder()
        const id = await attempt(recorded())
        const written = Promise.withResolvers<void>()
        const commit = Promise.withResolvers<void>()
        const late = database.transaction(async (tx) => {
          await outcome(id, ended({ correlation: 'late' }), tx)
          written.resolve()
          await commit.promise
        })
        await written.promise
        await write(5)
        const running = sequencer()
        await running.poke()
        assert.equal((await leaves()).length, 6)
        commit.resolve()
        await late
        await running.poke()
        await running.stop()
        const last = (await storedEvents(database)).find(({ correlation }) => correlation === 'late')
        assert.equal(last?.leaf_index, 6)
        assert.ok(await untouched())
      })

      it('does nothing while another one is at it', async () => {
        await write(3)
        const pass = { signer, now: 0, limit: 2 }
        const inside = await database.transaction(async (tx) => {
          const first = await sequence(tx, pass)
          const rival = await outside(() => database.transaction((other) => sequence(other, pass)))
          return { first, rival }
        })
        assert.deepEqual(inside, { first: { appended: 2, more: true }, rival: { appended: 0, more: false } })
      })
    }
  })
