// Puts a new key first into a master key file; the old one stays behind it to open what it sealed.
import { randomBytes } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { parseArgs } from 'node:util'

export async function rotateMasterKey(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { file: { type: 'string' } } })
  const file = values.file ?? 'data/master.key'
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${file} cannot be read (${error.code}); name the key file with --file`)
  })
  const draft = `${file}.${process.pid}`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(`${randomBytes(32).toString('base64')}\n${before}`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, file)
  process.stdout.write(
    `${file} has a new primary key. Restart the server: it re-wraps everything and says so in its log.\nOnly then remove the older lines of ${file}, and keep them as long as you keep backups from before.\n`,
  )
  return 0
}
