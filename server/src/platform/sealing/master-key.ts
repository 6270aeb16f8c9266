// Where the master key comes from: a variable, a file, or a file made once in the data folder.
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { KEY_BYTES } from './cipher.ts'

export interface MasterKeySettings {
  /** The value of `MANDATE_MASTER_KEY`: base64 of 32 bytes. */
  fromVariable?: string
  /** The value of `MANDATE_MASTER_KEY_FILE`: a file with one base64 key per line, the primary first. */
  fromFile?: string
  /** Keys that may still open what they sealed, base64, never used to seal. */
  others?: readonly string[]
  dataDir: string
  /** Whether `master.key` in the data folder may be used, and be made if it is missing. */
  mayCreate: boolean
}

export interface MasterKeys {
  /** 32 bytes each, the primary first, no key twice. */
  keys: Buffer[]
  source: 'variable' | 'file' | 'data-folder' | 'created'
  /** The file they were read from, if any. */
  path?: string
}

/** A setting of the master key that cannot be used; the message is one line and never holds key material. */
export class MasterKeyUnusable extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MasterKeyUnusable'
  }
}

const MAX_FILE_BYTES = 16 * 1024

export async function loadMasterKey(settings: MasterKeySettings): Promise<MasterKeys> {
  const found = await find(settings)
  for (const text of settings.others ?? []) found.keys.push(keyOf(text, 'An additional master key'))
  const distinct = new Map(found.keys.map((key) => [key.toString('hex'), key]))
  return { ...found, keys: [...distinct.values()] }
}

async function find({ fromVariable, fromFile, dataDir, mayCreate }: MasterKeySettings): Promise<MasterKeys> {
  if (fromVariable !== undefined && fromFile !== undefined) {
    throw new MasterKeyUnusable('Set either MANDATE_MASTER_KEY or MANDATE_MASTER_KEY_FILE, not both.')
  }
  if (fromVariable !== undefined) {
    return { keys: [keyOf(fromVariable, 'MANDATE_MASTER_KEY')], source: 'variable' }
  }
  if (fromFile !== undefined) {
    // Its mode is the operator's affair: mounted Kubernetes and Docker secrets are 0440 or 0444 by design.
    const keys = await readKeys(fromFile, { mustBePrivate: false })
    if (!keys) throw new MasterKeyUnusable(`MANDATE_MASTER_KEY_FILE names ${fromFile}, which does not exist.`)
    return { keys, source: 'file', path: fromFile }
  }
  if (!mayCreate) {
    throw new MasterKeyUnusable('No master key: set MANDATE_MASTER_KEY (base64, 32 bytes) or MANDATE_MASTER_KEY_FILE.')
  }
  const path = join(dataDir, 'master.key')
  const kept = await readKeys(path, { mustBePrivate: true })
  if (kept) return { keys: kept, source: 'data-folder', path }
  const created = await createKey(dataDir, path)
  const keys = await readKeys(path, { mustBePrivate: true })
  if (!keys) throw new MasterKeyUnusable(`${path} vanished while it was made.`)
  return { keys, source: created ? 'created' : 'data-folder', path }
}

function keyOf(text: string, where: string): Buffer {
  const trimmed = text.trim()
  const key = Buffer.from(trimmed, 'base64')
  if (key.length !== KEY_BYTES || key.toString('base64') !== trimmed) {
    throw new MasterKeyUnusable(`${where} must be base64 of exactly 32 bytes (try: openssl rand -base64 32).`)
  }
  // A placeholder from a template: all zeros, or one byte over and over.
  if (key.every((byte) => byte === key[0])) {
    throw new MasterKeyUnusable(`${where} is not random (try: openssl rand -base64 32).`)
  }
  return key
}

/** The keys of a file, or undefined when there is none. Checks the opened file, so it cannot be swapped in between. */
async function readKeys(path: string, { mustBePrivate }: { mustBePrivate: boolean }): Promise<Buffer[] | undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new MasterKeyUnusable(`The master key file ${path} cannot be read (${error.code}).`)
  })
  if (!file) return undefined
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw new MasterKeyUnusable(`The master key file ${path} is not a file.`)
    if (stat.size > MAX_FILE_BYTES) throw new MasterKeyUnusable(`The master key file ${path} is too large.`)
    if (mustBePrivate && process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
      throw new MasterKeyUnusable(`The master key file ${path} is open to others: run chmod 600 on it.`)
    }
    const lines = (await file.readFile('utf8')).split('\n').filter((line) => line.trim() !== '')
    if (lines.length === 0) throw new MasterKeyUnusable(`The master key file ${path} is empty.`)
    return lines.map((line) => keyOf(line, `Each line of ${path}`))
  } finally {
    await file.close()
  }
}

/** Writes a new key beside `path`, then links it in place: whole or not at all, and never over another. False if one was there. */
async function createKey(dataDir: string, path: string): Promise<boolean> {
  const draft = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await link(draft, path)
    const folder = await open(dataDir, 'r')
    await folder.sync().finally(() => folder.close())
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    throw new MasterKeyUnusable(`The master key file ${path} cannot be made (${code ?? 'unknown error'}).`)
  } finally {
    await unlink(draft).catch(() => undefined)
  }
}
