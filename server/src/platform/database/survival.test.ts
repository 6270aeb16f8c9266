// The embedded database keeps every acknowledged row when its process is killed at any moment.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { appendChanges } from '../changes/log.ts'
import { openDatabase } from './open.ts'
import { childRunning } from './test-process.ts'

const ROUNDS = 5

const WRITE = `
  import { appendChanges } from '../changes/log.ts'
  import { openDatabase } from './open.ts'
  const [dataDir, round] = process.argv.slice(1)
  const database = await openDatabase({ dataDir, append: appendChanges, onError: console.error })
  await database.connected((c) => c.script('create table if not exists rows (round int, n int, filler text)'))
  for (let n = 0; ; n++) {
    await database.connected((c) => c.query('insert into rows values ($1, $2, $3)', [Number(round), n, 'x'.repeat(n % 3000)]))
    console.log(n)
  }`

describe('the embedded database', { timeout: 180_000 }, () => {
  let dataDir: string
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'mandate-survival-'))
  })
  after(() => rm(dataDir, { recursive: true }))

  it(`has every acknowledged row after kill -9, ${ROUNDS} times over`, async () => {
    const acknowledged: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const child = childRunning(WRITE, [dataDir, String(round)])
      const enough = 1 + Math.floor(Math.random() * 400)
      let last = -1
      for (let line = await child.lines.next(); !line.done; line = await child.lines.next()) {
        last = Number(line.value)
        // Not awaited: what was acknowledged before the blow fell is still read below.
        if (last === enough) void child.kill()
      }
      const { errors } = await child.ended
      assert.ok(last >= enough, `the writer stopped by itself after ${last}: ${errors}`)
      acknowledged.push(last + 1)
    }
    const database = await openDatabase({ dataDir, append: appendChanges, onError: () => {} })
    const { rows } = await database.connected((c) =>
      c.query('select round, count(*) as n, max(n) as last from rows group by round order by round'),
    )
    await database.close()
    assert.equal(rows.length, ROUNDS)
    rows.forEach(({ n, last }, round) => {
      assert.equal(n, Number(last) + 1, `round ${round} has a gap`)
      assert.ok(
        Number(n) >= (acknowledged[round] ?? 0),
        `round ${round}: ${acknowledged[round]} acknowledged, ${n} found`,
      )
    })
    console.log(`acknowledged and found: ${acknowledged.join(', ')} rows`)
  })
})
