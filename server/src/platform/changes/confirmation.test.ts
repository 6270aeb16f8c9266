// Confirmation where there is one process: in force as soon as its own tail got there.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { systemClock } from '../../kernel/clock.ts'
import { behindDoor } from '../database/test-doors.ts'
import { CHANGE_LOG, embeddedDatabase } from '../database/test-embedded.ts'
import { confirmed, revoke, Tail } from './index.ts'

it('an embedded database confirms when the one tail has applied the change, and not before', async () => {
  const database = await embeddedDatabase([CHANGE_LOG])
  const door = behindDoor(database)
  const tail = new Tail({
    database: door.database,
    clock: systemClock,
    maxStalenessMs: 1_000,
    onError: assert.ifError,
    replica: 'one',
  })
  await tail.start()
  const ask = (timeoutMs: number) =>
    confirmed({ database: door.database, tail, position: 1, timeoutMs, clock: systemClock })
  door.shut()
  await database.transaction(async (tx) => revoke(tx, 'usr_1', 'left'))
  assert.deepEqual(await ask(30), {
    confirmed: false,
    replicas: [{ id: 'one', position: 0, state: 'waiting' }],
  })
  door.open()
  assert.deepEqual(await ask(10_000), {
    confirmed: true,
    replicas: [{ id: 'one', position: 1, state: 'acknowledged' }],
  })
  await tail.stop()
  await database.close()
})
