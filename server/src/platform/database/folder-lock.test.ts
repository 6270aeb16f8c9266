// One process per data folder, whatever way the process before it ended.
import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { appendChanges } from '../changes/log.ts'
import { FolderHeld, lockFolder } from './folder-lock.ts'
import { openDatabase } from './open.ts'
import { childRunning } from './test-process.ts'

const HOLD = `
  import { lockFolder } from './folder-lock.ts'
  try {
    lockFolder(process.argv[1])
    console.log('held')
    setInterval(() => {}, 1000)
  } catch (error) {
    console.log(error.name + ': ' + error.message)
  }`

describe('the folder lock', { timeout: 60_000 }, () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mandate-lock-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const held = (pid: number) => (error: unknown) => {
    assert.ok(error instanceof FolderHeld, String(error))
    assert.ok(error.message.includes(`process ${pid} on ${hostname()}`), error.message)
    assert.ok(error.message.includes(folder))
    assert.ok(!error.message.includes('\n'))
    return true
  }

  it('refuses a second process and names the first', async () => {
    const unlock = lockFolder(folder)
    const second = childRunning(HOLD, [folder])
    const { value } = await second.lines.next()
    assert.match(String(value), new RegExp(`^FolderHeld: .*process ${process.pid} on ${hostname()}`))
    unlock()
  })

  it('refuses this process what another one holds, and gives it at once after kill -9', async () => {
    const holder = childRunning(HOLD, [folder])
    assert.equal((await holder.lines.next()).value, 'held')
    assert.throws(() => lockFolder(folder), held(holder.pid))
    await holder.kill()
    lockFolder(folder)()
  })

  it('refuses the same process twice, and gives it again after it was let go', () => {
    const unlock = lockFolder(folder)
    assert.throws(() => lockFolder(folder), held(process.pid))
    unlock()
    lockFolder(folder)()
  })

  it('is held by one of many processes that come at the same moment', async () => {
    const children = Array.from({ length: 4 }, () => childRunning(HOLD, [folder]))
    const answers = await Promise.all(children.map(async ({ lines }) => String((await lines.next()).value)))
    await Promise.all(children.map((child) => child.kill()))
    assert.equal(answers.filter((answer) => answer === 'held').length, 1, answers.join('\n'))
    assert.equal(answers.filter((answer) => answer.startsWith('FolderHeld')).length, 3, answers.join('\n'))
  })

  it('stands before the embedded database, and goes with it', async () => {
    const options = { dataDir: folder, append: appendChanges, onError: () => {} }
    const database = await openDatabase(options)
    await assert.rejects(openDatabase(options), held(process.pid))
    await database.close()
    await (await openDatabase(options)).close()
  })

  it('closes the folder, and what an older release left in it, to others', async () => {
    await chmod(folder, 0o755)
    await writeFile(join(folder, 'left'), 'x', { mode: 0o644 })
    const database = await openDatabase({ dataDir: folder, append: appendChanges, onError: () => {} })
    await database.close()
    for (const path of ['', 'left', 'database', 'database/PG_VERSION'])
      assert.equal((await stat(join(folder, path))).mode & 0o077, 0, path)
  })

  it('says what is wrong when it is not a lock that is in the way', async () => {
    await rm(folder, { recursive: true })
    await mkdir(folder)
    await writeFile(join(folder, 'lock.sqlite'), 'x'.repeat(4096))
    assert.throws(
      () => lockFolder(folder),
      (error) => !(error instanceof FolderHeld) && error instanceof Error,
    )
  })
})
