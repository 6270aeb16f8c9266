// Group commit without a database: who waits for what.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../kernel/problem.ts'
import { groupCommit } from './group-commit.ts'

/** Writes that end when they are told to. */
function manualWrites() {
  const writes: { rows: readonly number[]; done: () => void; fail: (error: Error) => void }[] = []
  let seen = Promise.withResolvers<void>()
  return {
    writes,
    write: (rows: readonly number[]) =>
      new Promise<void>((done, fail) => {
        writes.push({ rows, done, fail })
        seen.resolve()
        seen = Promise.withResolvers()
      }),
    next: () => seen.promise,
  }
}

test('rows that come while a write is under way share the next one, in order', async () => {
  const { writes, write, next } = manualWrites()
  const group = groupCommit(write)
  const started = next()
  const first = group.add(0, 100)
  await started
  const others = [1, 2, 3].map((row) => group.add(row, 100))
  assert.equal(group.size, 4)
  const second = next()
  writes[0]?.done()
  await first
  await second
  assert.deepEqual(
    writes.map(({ rows }) => rows),
    [[0], [1, 2, 3]],
  )
  writes[1]?.done()
  await Promise.all(others)
  await group.idle()
  assert.equal(group.size, 0)
})

test('a failed write fails its own rows and no others', async () => {
  const { writes, write, next } = manualWrites()
  const group = groupCommit(write)
  const started = next()
  const first = group.add(0, 100)
  await started
  const second = group.add(1, 100)
  const again = next()
  writes[0]?.fail(new Error('gone'))
  await assert.rejects(first, /gone/)
  await again
  writes[1]?.done()
  await second
})

test('a row beyond the limit is refused at once with a time to come back', async () => {
  const { writes, write, next } = manualWrites()
  const group = groupCommit(write)
  const started = next()
  const waiting = [group.add(0, 2)]
  await started
  waiting.push(group.add(1, 2), group.add(2, 2))
  await assert.rejects(group.add(3, 2), (error: unknown) => {
    assert.ok(error instanceof Problem)
    assert.equal(error.status, 503)
    assert.equal(error.details.headers?.['retry-after'], '1')
    return true
  })
  const again = next()
  writes[0]?.done()
  await again
  writes[1]?.done()
  await Promise.all(waiting)
})
