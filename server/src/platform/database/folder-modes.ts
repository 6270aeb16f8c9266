// Who may read the data folder: its owner alone. The embedded database makes its first files for everybody.
import { chmodSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const OTHERS = 0o077

/** Takes every right of group and others away, from the folder and all that is below it. */
export function closeToOthers(folder: string): void {
  for (const path of ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
    const at = join(folder, path)
    const status = lstatSync(at, { throwIfNoEntry: false })
    if (status && !status.isSymbolicLink() && (status.mode & OTHERS) !== 0) chmodSync(at, status.mode & 0o700)
  }
}
