// Write-behind without a database: nothing is dropped in silence.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeBehind } from './write-behind.ts'

function behindWith(options: { failing: boolean }) {
  const written: string[] = []
  const errors: Error[] = []
  const behind = writeBehind<string>({
    async write(rows) {
      if (options.failing) throw new Error('away')
      written.push(...rows)
    },
    lost: (records) => `lost ${records}`,
    onError: (error) => errors.push(error),
  })
  return { behind, written, errors }
}

test('500 rows are written without waiting for the timer', async () => {
  const { behind, written } = behindWith({ failing: false })
  for (let i = 0; i < 500; i++) behind.add(`row ${i}`)
  await behind.flush()
  assert.equal(written.length, 500)
  assert.equal(behind.size, 0)
})

test('a flush of nothing does not get in the way of the next', async () => {
  const { behind, written } = behindWith({ failing: false })
  await behind.flush()
  behind.add('a')
  await behind.flush()
  assert.deepEqual(written, ['a'])
})

test('what cannot be written is kept, in order, and written when it can be', async () => {
  const state = { failing: true }
  const { behind, written, errors } = behindWith(state)
  behind.add('a')
  await behind.flush()
  behind.add('b')
  await behind.flush()
  assert.deepEqual([errors.length, behind.size], [2, 2])
  state.failing = false
  await behind.flush()
  assert.deepEqual(written, ['a', 'b'])
})

test('beyond the bound the oldest go, and a note says how many, even when notes themselves are dropped', async () => {
  const state = { failing: true }
  const { behind, written } = behindWith(state)
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 7_000; i++) behind.add(`row ${round} ${i}`)
    await behind.flush()
    assert.ok(behind.size <= 10_000)
  }
  state.failing = false
  await behind.flush()
  const notes = written.filter((row) => row.startsWith('lost'))
  const lost = notes.reduce((sum, note) => sum + Number(note.split(' ')[1]), 0)
  assert.ok(notes.length > 0)
  assert.equal(written.length - notes.length + lost, 21_000)
  assert.ok(written.includes('row 2 6999'))
})

test('a held row keeps no process alive', () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const before = timers()
  const { behind } = behindWith({ failing: false })
  behind.add('a')
  assert.equal(timers(), before)
})
