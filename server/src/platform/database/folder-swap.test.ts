// Whenever a swap is cut off, whoever takes the folder next finds the old database or the new one, never none.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { finishSwap, isThere, placeToBuild, swapIn } from './folder-swap.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mandate-swap-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function holding(name: string, content: string): Promise<void> {
  await mkdir(join(folder, name, 'base'), { recursive: true })
  await writeFile(join(folder, name, 'base', 'file'), content)
}
const inside = (name: string) => readFile(join(folder, name, 'base', 'file'), 'utf8')

test('the new one takes the place of the old one, which is kept', async () => {
  await holding('database', 'old')
  await placeToBuild(folder, 'a')
  await holding('database.building', 'new')
  assert.equal(await swapIn(folder, 'a'), join(folder, 'database.before-a'))
  assert.deepEqual([await inside('database'), await inside('database.before-a')], ['new', 'old'])
})

test('where there was none, nothing is kept', async () => {
  await holding('database.building', 'new')
  assert.equal(await swapIn(folder, 'a'), undefined)
  assert.deepEqual([await inside('database'), await readdir(folder)], ['new', ['database']])
})

test('cut off while it is built, the old one stays, and the next attempt begins anew', async () => {
  await holding('database', 'old')
  await holding('database.building', 'half')
  assert.equal(finishSwap(folder, 'a'), undefined)
  assert.equal(await inside('database'), 'old')
  await placeToBuild(folder, 'a')
  assert.deepEqual(await readdir(folder), ['database'])
})

test('cut off when it is complete, before or between the renames, the new one is put in place', async () => {
  await holding('database', 'old')
  await holding('database.ready', 'new')
  assert.ok(isThere(folder))
  finishSwap(folder, 'a')
  assert.deepEqual([await inside('database'), await inside('database.before-a')], ['new', 'old'])
  await rename(join(folder, 'database'), join(folder, 'database.ready'))
  assert.ok(isThere(folder))
  finishSwap(folder, 'a')
  assert.deepEqual([await inside('database'), await inside('database.before-a')], ['new', 'old'])
})

test('no database that was kept is ever replaced', async () => {
  for (const content of ['one', 'two', 'three']) {
    await holding('database.building', content)
    await swapIn(folder, 'a')
  }
  assert.deepEqual(
    [await inside('database'), await inside('database.before-a'), await inside('database.before-a-2')],
    ['three', 'one', 'two'],
  )
})
