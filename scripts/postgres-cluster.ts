// A PostgreSQL cluster that lives as long as a test run: own folder, own port, own password, loopback only.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const INSTALLED = '/usr/lib/postgresql'

export interface Cluster {
  url: string
  folder: string
  /** Stops the server and removes its folder; may be called twice. */
  stop(): Promise<void>
}

/** The folder with the programs of the newest PostgreSQL server installed the Debian way. */
export function findPostgres(installed = INSTALLED): string | undefined {
  if (!existsSync(installed)) return undefined
  return readdirSync(installed)
    .sort((one, other) => Number(other) - Number(one))
    .map((version) => join(installed, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')) && existsSync(join(bin, 'pg_ctl')))
}

export async function startCluster(): Promise<Cluster> {
  const bin = findPostgres()
  if (bin === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql')
  const folder = await mkdtemp(join(tmpdir(), 'mandate-pg-'))
  const data = join(folder, 'data')
  // PostgreSQL refuses to run as root.
  const root = process.getuid?.() === 0
  const as = (program: string, args: readonly string[]) =>
    root
      ? run('runuser', ['-u', 'postgres', '--', join(bin, program), ...args], { cwd: folder })
      : run(join(bin, program), args, { cwd: folder })
  const stop = async () => {
    if (existsSync(join(data, 'postmaster.pid'))) await as('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop'])
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const password = randomBytes(18).toString('base64url')
    const passwordFile = join(folder, 'password')
    await writeFile(passwordFile, password, { mode: 0o600 })
    if (root) await Promise.all([folder, passwordFile].map(async (path) => chown(path, ...(await postgresIds()))))
    const access = ['--auth-local=trust', '--auth-host=scram-sha-256', `--pwfile=${passwordFile}`]
    await as('initdb', ['-D', data, '-U', 'mandate', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', ...access])
    const port = await freePort()
    const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: folder, max_connections: 200 }
    // Nothing here outlives the run, so nothing is forced to disk.
    const options = Object.entries({ ...settings, fsync: 'off' }).map(([name, value]) => `-c ${name}=${value}`)
    await as('pg_ctl', ['-D', data, '-l', join(folder, 'log'), '-o', options.join(' '), '-w', 'start'])
    return { url: `postgres://mandate:${password}@127.0.0.1:${port}/postgres`, folder, stop }
  } catch (error) {
    await stop().catch(() => {})
    throw error
  }
}

async function postgresIds(): Promise<[uid: number, gid: number]> {
  const ask = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout)
  return [await ask('-u'), await ask('-g')]
}

function freePort(): Promise<number> {
  const probe = createServer()
  return new Promise((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
