// The engine alone: one core, names in, answers out, in each world.
import assert from 'node:assert/strict'
import { bytesHeld } from '../memory.ts'
import { type Opened, openWorld } from '../opened.ts'
import { questionsOf } from '../questions.ts'
import { referenceOf } from '../reference.ts'
import { type Sheet, sheet } from '../sheet.ts'
import type { World } from '../world.ts'
import { sizeWanted, worlds } from '../worlds/index.ts'
import { measureBursts } from './bursts.ts'
import { measureChecks } from './checks.ts'
import { measureFilters } from './filters.ts'
import { measureLists } from './lists.ts'
import { measureWrites } from './writes.ts'

const TARGET = { atMost: 60 }

export async function engine(): Promise<void> {
  for (const world of worlds(sizeWanted())) await measure(world)
}

async function measure(world: World): Promise<void> {
  const title = `${world.name}, ${world.tuples.length.toLocaleString('en-US')} tuples, engine alone`
  const rows = sheet(title)
  const held = bytesHeld()
  const opened = coldStart(world, rows)
  rows.figure('bytes per tuple, as the engine reckons', opened.bytes / opened.size, 'bytes', TARGET)
  const perTuple = () => (bytesHeld() - held) / opened.size
  rows.figure('bytes per tuple, measured', perTuple(), 'bytes', TARGET)
  const reference = referenceOf(world)
  const referenceBytes = bytesHeld()
  await measureChecks(opened, reference, rows)
  await measureFilters(opened, reference, rows)
  await measureLists(opened, reference, rows)
  await measureWrites(opened, rows)
  measureBursts(opened, reference, rows)
  rows.figure(
    'bytes per tuple more, for what was kept of it all',
    (bytesHeld() - referenceBytes) / opened.size,
    'bytes',
  )
  rows.figure('memory of this process until here, the reference in it', process.resourceUsage().maxRSS / 1024, 'MiB')
  rows.print()
}

function coldStart(world: World, rows: Sheet): Opened {
  const startedAt = performance.now()
  let read = 0
  for (const { user } of world.tuples) read += user.length
  const madeAt = performance.now()
  const opened = openWorld(world)
  const loadedAt = performance.now()
  const [question] = questionsOf(world, { pick: 'zipf', seed: 1, count: 1 })
  if (question) opened.check(question)
  rows.figure('cold start from rows', loadedAt - madeAt, 'ms')
  assert.ok(read > 0, 'there are no rows')
  rows.figure('  of which the rows are made in', madeAt - startedAt, 'ms')
  rows.figure('  and the first question after it', performance.now() - loadedAt, 'ms')
  return opened
}
