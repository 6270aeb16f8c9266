// Finding, checking and making the master key.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { loadMasterKey, type MasterKeySettings, MasterKeyUnusable } from './master-key.ts'

const newKey = () => randomBytes(32).toString('base64')

describe('the master key', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'mandate-key-'))
  })
  afterEach(() => rm(dataDir, { recursive: true }))

  const refused = (settings: Partial<MasterKeySettings>, sentence: RegExp) =>
    assert.rejects(loadMasterKey({ dataDir, mayCreate: false, ...settings }), (error: unknown) => {
      assert.ok(error instanceof MasterKeyUnusable, String(error))
      assert.match(error.message, sentence)
      assert.ok(!error.message.includes('\n'))
      return true
    })

  it('comes from the variable', async () => {
    const key = newKey()
    const found = await loadMasterKey({ fromVariable: `${key}\n`, dataDir, mayCreate: true })
    assert.deepEqual(found, { keys: [Buffer.from(key, 'base64')], source: 'variable' })
    assert.deepEqual(await readdir(dataDir), [])
  })

  it('comes from a file, one key per line, the primary first', async () => {
    const [first, second] = [newKey(), newKey()]
    const path = join(dataDir, 'mounted')
    await writeFile(path, `${first}\n${second}\n`, { mode: 0o444 })
    const found = await loadMasterKey({ fromFile: path, dataDir, mayCreate: false })
    assert.deepEqual(found.keys, [Buffer.from(first, 'base64'), Buffer.from(second, 'base64')])
    assert.equal(found.source, 'file')
  })

  it('may be followed by older keys, each once', async () => {
    const [first, second] = [newKey(), newKey()]
    const found = await loadMasterKey({
      fromVariable: first,
      others: [second, first, second],
      dataDir,
      mayCreate: false,
    })
    assert.deepEqual(found.keys, [Buffer.from(first, 'base64'), Buffer.from(second, 'base64')])
  })

  it('is made once, private, and found again', async () => {
    const folder = join(dataDir, 'not', 'yet')
    const made = await loadMasterKey({ dataDir: folder, mayCreate: true })
    assert.equal(made.source, 'created')
    assert.equal(made.keys[0]?.length, 32)
    assert.equal((await stat(join(folder, 'master.key'))).mode & 0o777, 0o600)
    assert.deepEqual(await readdir(folder), ['master.key'])
    const again = await loadMasterKey({ dataDir: folder, mayCreate: true })
    assert.deepEqual([again.source, again.keys], ['data-folder', made.keys])
  })

  it('is one key for all who start at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => loadMasterKey({ dataDir, mayCreate: true })))
    assert.equal(new Set(all.map(({ keys }) => keys[0]?.toString('hex'))).size, 1)
    assert.equal(all.filter(({ source }) => source === 'created').length, 1)
    assert.deepEqual(await readdir(dataDir), ['master.key'])
  })

  it('is not made, nor taken from the data folder, where it must be configured', async () => {
    await refused({}, /No master key: set MANDATE_MASTER_KEY/)
    await writeFile(join(dataDir, 'master.key'), newKey(), { mode: 0o600 })
    await refused({}, /No master key/)
  })

  it('is refused from a data folder file that others can read', async () => {
    const path = join(dataDir, 'master.key')
    await writeFile(path, newKey())
    for (const mode of [0o644, 0o640, 0o604, 0o660]) {
      await chmod(path, mode)
      await refused({ mayCreate: true }, /chmod 600/)
    }
  })

  it('is refused when the file is broken, rather than made anew', async () => {
    const path = join(dataDir, 'master.key')
    for (const content of ['', '\n', 'not a key', newKey().slice(0, -4)]) {
      await writeFile(path, content, { mode: 0o600 })
      await refused({ mayCreate: true }, /master\.key/)
      assert.equal(await readFile(path, 'utf8'), content)
    }
  })

  it('is refused when it is not base64 of 32 random bytes, without repeating it', async () => {
    const long = randomBytes(33).toString('base64')
    for (const value of ['', 'changeme', long, randomBytes(16).toString('base64'), randomBytes(32).toString('hex')]) {
      await refused({ fromVariable: value }, /^MANDATE_MASTER_KEY must be base64 of exactly 32 bytes/)
    }
    await refused({ fromVariable: Buffer.alloc(32).toString('base64') }, /not random/)
    await refused({ fromVariable: newKey(), others: ['short'] }, /^An additional master key must be/)
    await assert.rejects(
      loadMasterKey({ fromVariable: long, dataDir, mayCreate: false }),
      (e: Error) => !e.message.includes(long),
    )
  })

  it('is refused when it is given twice, or the file is missing or a folder', async () => {
    await refused({ fromVariable: newKey(), fromFile: join(dataDir, 'x') }, /not both/)
    await refused({ fromFile: join(dataDir, 'missing') }, /does not exist/)
    await mkdir(join(dataDir, 'folder'))
    await refused({ fromFile: join(dataDir, 'folder') }, /not a file/)
  })
})
