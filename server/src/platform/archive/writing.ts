// An archive's file: made aside, readable by its owner alone, and put in place whole, never over another.
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, link, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { ArchiveRefused } from './refusal.ts'

const taken = (path: string) =>
  new ArchiveRefused(`${path} is there already, and an archive never replaces a file; give another name`)

/** Refuses a path that holds something, before any work is done for it. */
export async function mustBeFree(path: string): Promise<void> {
  const there = await access(path, constants.F_OK).then(
    () => true,
    () => false,
  )
  if (there) throw taken(path)
}

export async function writeArchive(path: string, text: AsyncIterable<string>, signal?: AbortSignal): Promise<void> {
  await mustBeFree(path)
  const draft = `${path}.${randomBytes(6).toString('hex')}.partial`
  const file = await open(draft, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new ArchiveRefused(`${path} cannot be written (${error.code}); give a path in a folder that is there`)
  })
  try {
    await pipeline(
      Readable.from(text, { objectMode: true }),
      createGzip(),
      // It closes the file, and flushes it first.
      file.createWriteStream({ flush: true }),
      { signal },
    )
    await putInPlace(draft, path)
  } finally {
    await unlink(draft).catch(() => {})
  }
}

// Linking fails where there is a file already; renaming would replace it.
async function putInPlace(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw taken(path)
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error
    // A file system without links.
    await mustBeFree(path)
    await rename(draft, path)
  }
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}
