// Images of embedded databases for tests: made once for a list of migrations, kept below node_modules, loaded by every test.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import type { Connection } from './database.ts'
import { applyMissing, type Migration } from './migrations.ts'

const FOLDER = fileURLToPath(new URL('../../../../node_modules/.cache/mandate-test-databases/', import.meta.url))
const UNUSED_MS = 24 * 3600_000

/** A tar file of a data folder in which `migrations` are applied. Making one takes 4 s, loading it 0.4 s. */
export async function imageOf(migrations: readonly Migration[], folder = FOLDER): Promise<Uint8Array> {
  const path = join(folder, `${keyOf(migrations)}.tar`)
  try {
    return await readImage(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await mkdir(folder, { recursive: true })
  await removeUnused(folder)
  const image = await makeImage(migrations, migrations.length === 0 ? undefined : await imageOf([], folder))
  // Test files run at the same time: a reader finds a whole image or none.
  const unfinished = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(unfinished, image)
  await rename(unfinished, path)
  return image
}

async function readImage(path: string): Promise<Uint8Array> {
  const image = await readFile(path)
  const now = new Date()
  await utimes(path, now, now).catch(() => {})
  return image
}

const PACKAGE = new URL('../package.json', import.meta.resolve('@electric-sql/pglite'))

// The version of PGlite, and the migrations with their order.
function keyOf(migrations: readonly Migration[]): string {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }
  const parts = migrations.map(({ room, name, checksum }) => `${room}/${name} ${checksum}`)
  return createHash('sha256')
    .update([version, ...parts].join('\n'))
    .digest('hex')
    .slice(0, 32)
}

async function makeImage(migrations: readonly Migration[], from: Uint8Array | undefined): Promise<Uint8Array> {
  const database = await PGlite.create(from === undefined ? {} : { loadDataDir: new Blob([new Uint8Array(from)]) })
  try {
    const connection: Connection = {
      query: async (text, values = []) => {
        const { rows, affectedRows = 0 } = await database.query<Record<string, unknown>>(text, [...values])
        return { rows, affected: affectedRows }
      },
      script: async (text) => (await database.exec(text)).flatMap(({ rows }) => rows as Record<string, unknown>[]),
    }
    if (migrations.length > 0) {
      await database.exec('begin')
      await applyMissing(connection, migrations)
      await database.exec('commit')
    }
    await database.exec('checkpoint')
    return new Uint8Array(await (await database.dumpDataDir('none')).arrayBuffer())
  } finally {
    await database.close()
  }
}

async function removeUnused(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (mtimeMs < Date.now() - UNUSED_MS) await rm(path, { recursive: true, force: true })
  }
}
