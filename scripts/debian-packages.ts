// The system packages that test:full needs, installed on Debian when they are missing and we may.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findPostgres } from './postgres-cluster.ts'

export interface SystemPackage {
  name: string
  reason: string
  present(): boolean
}

export const PACKAGES: readonly SystemPackage[] = [
  {
    name: 'postgresql',
    reason: 'a throw-away PostgreSQL for tests of exclusion, replicas and races',
    present: () => findPostgres() !== undefined,
  },
  {
    name: 'chromium',
    reason: 'pages looked at by a real browser',
    present: () => existsSync('/usr/bin/chromium'),
  },
]

/** The command that installs `missing`; as one line, so that it can be shown to someone who has to run it. */
export const installCommand = (missing: readonly SystemPackage[]): string =>
  `apt-get update && apt-get install -y --no-install-recommends ${missing.map(({ name }) => name).join(' ')}`

/** Says what is needed, installs what is missing when root, else throws with the command to run. */
export function ensurePackages(packages: readonly SystemPackage[], say: (line: string) => void): void {
  for (const { name, reason, present } of packages)
    say(`needs ${name}: ${reason} (${present() ? 'is there' : 'will be installed'})`)
  const missing = packages.filter(({ present }) => !present())
  if (missing.length === 0) return
  const command = installCommand(missing)
  if (process.getuid?.() !== 0) throw new Error(`not root, so install it yourself: sudo sh -c '${command}'`)
  say(command)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status } = spawnSync('sh', ['-c', command], { stdio: 'inherit', env })
  const still = missing.filter(({ present }) => !present())
  if (status !== 0 || still.length > 0) throw new Error(`could not be installed: ${missing.map(({ name }) => name)}`)
}
