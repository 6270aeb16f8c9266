// Reads the settings, composes the server, listens, and on a signal finishes what it began.
import { ConfigError, readConfig } from './config.ts'
import type { Server } from './server.ts'

const MINIMUM_NODE = 24
const SHUTDOWN_MS = 20_000

// What the server writes (database, keys, sockets, copies) is for its own user alone.
process.umask(0o077)

function fail(message: string): never {
  process.stderr.write(`mandate: ${message}\n`)
  process.exit(1)
}

if (Number(process.versions.node.split('.')[0]) < MINIMUM_NODE)
  fail(`needs Node ${MINIMUM_NODE}, this is ${process.versions.node}; start it with npm start, which brings its own`)

// Imported late: older runtimes cannot even parse what follows.
const { compose } = await import('./compose.ts')
const { FolderHeld } = await import('./platform/database/index.ts')
const { MasterKeyUnusable } = await import('./platform/sealing/index.ts')

async function start(): Promise<Server> {
  const config = readConfig(process.env, process.cwd())
  const server = await compose(config)
  const url = await server.listen()
  process.stdout.write(`Mandate is ready on ${config.issuer}\n`)
  if (server.setupLink !== undefined)
    process.stdout.write(`Nobody is known yet. Make the first administrator here, once: ${server.setupLink}\n`)
  else process.stdout.write(`Sign in at ${config.issuer.replace(/\/$/, '')}/sign-in\n`)
  if (config.host !== 'localhost') process.stdout.write(`Listening on ${url}\n`)
  return server
}

const EXPECTED = [ConfigError, FolderHeld, MasterKeyUnusable]

const starting = start().catch((error: Error) => {
  if (EXPECTED.some((kind) => error instanceof kind)) fail(error.message)
  const { code } = error as { code?: string }
  fail(code === undefined ? `cannot start: ${error.message}` : `cannot start: ${error.message} (${code})`)
})

// Listened for from the start: a signal that comes before we are ready ends us in order as well.
let stopping = false
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, async () => {
    if (stopping) process.exit(1)
    stopping = true
    setTimeout(() => fail('gave up waiting for open work'), SHUTDOWN_MS).unref()
    const server = await starting
    await server.stop()
    process.exit(0)
  })
