// Who is signed in here: tokens in a file that only its owner may read.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

export interface SignedIn {
  issuer: string
  access_token: string
  refresh_token?: string
}

const file = (): string => join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'mandate', 'signed-in.json')

export async function keepSignedIn(signedIn: SignedIn): Promise<void> {
  const path = file()
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  // Written aside and moved into place: two commands at once never leave half a file.
  const draft = `${path}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(signedIn)}\n`, { mode: 0o600 })
  await rename(draft, path)
}

export async function readSignedIn(): Promise<SignedIn> {
  try {
    return JSON.parse(await readFile(file(), 'utf8'))
  } catch {
    throw new Error('nobody is signed in here; run: npx mandate login')
  }
}
