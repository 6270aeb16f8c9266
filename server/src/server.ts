// Runs open rooms as one server: mounts them, keeps their jobs, starts and stops them. It knows none of them by name.
import { readFileSync } from 'node:fs'
import { SEALED } from './archives.ts'
import type { Config } from './config.ts'
import type { OpenGround } from './ground.ts'
import { VERSION } from './kernel/version.ts'
import { operational } from './operational.ts'
import { mount, type OpenRoom, openapi, type Ports, type RouteTable, road, trimKeys } from './pipeline/index.ts'
import { trimChanges } from './platform/changes/index.ts'
import { closeGently, createHttp, type MountedRoute, routesOf, type TrustedProxies } from './platform/http/index.ts'
import { rewrapAll } from './platform/sealing/index.ts'

export interface Server {
  /** Begins to listen; the URL it answers on. */
  listen(): Promise<string>
  /** Finishes what it began, then closes. */
  stop(): Promise<void>
  openapi: object
  /** Every route and the operation behind it. */
  routes: readonly MountedRoute[]
  /** One-time link for the first administrator, when there is nobody yet. */
  setupLink: string | undefined
}

export interface Serving {
  config: Config
  opened: OpenGround
  /** In the order in which they were opened. */
  rooms: readonly OpenRoom[]
  ports: Ports
  setupLink(): Promise<string | undefined>
}

const CHANGE_WINDOW_SECONDS = 3600
const GRACE_MS = 10_000

export async function serve({ config, opened, rooms, ports, setupLink }: Serving): Promise<Server> {
  const { issuer } = config
  const { ground, tail, jobs } = opened
  for (const { follows } of rooms) for (const follower of follows) tail.follow(follower)
  const tables = rooms.flatMap((room) => room.routes())
  const document = openapi({ title: 'Mandate', version: VERSION, tables: tables.filter(isDescribed) })
  const app = await createHttp({ issuer, tls: tlsOf(config), proxies: proxiesOf(config), onError: ground.onError })
  const perform = road(ports)
  mount(tables, { app, perform, issuer })
  const described = tables.filter((table): table is RouteTable => !('speech' in table))
  for (const room of rooms) await room.mount(app, perform, described)
  let ready = false
  const isReady = () => ready && tail.staleness < config.max_staleness
  operational(app, { ready: isReady, metrics: ground.metrics, document })
  keepJobs(opened, rooms)

  await tail.start()
  for (const room of rooms) await room.start()
  await jobs.start()
  // At every start with more than one key: another replica may have sealed with the old one until it was restarted.
  if (opened.severalKeys) await jobs.enqueue(REWRAP, {}, { key: opened.fingerprint })
  ready = true

  return {
    openapi: document,
    routes: routesOf(app),
    setupLink: await setupLink(),
    listen: () => app.listen({ port: config.port, host: config.host }),
    async stop() {
      ready = false
      for (const room of rooms) room.drain()
      await closeGently(app, {
        graceMs: GRACE_MS,
        lastCall: async () => {
          for (const room of rooms) await room.cutOff()
        },
      })
      await jobs.stop()
      for (const room of rooms.toReversed()) await room.stop()
      await opened.close()
    },
  }
}

const REWRAP = 'sealing.rewrap'

/** The rooms' jobs, and those that go through every room. */
function keepJobs({ jobs, ground, fingerprint }: OpenGround, rooms: readonly OpenRoom[]): void {
  const { database, sealing, log, now } = ground
  for (const { name, every, handler } of rooms.flatMap((room) => room.jobs))
    if (every === undefined) jobs.work(name, handler)
    else jobs.every(name, every, handler)
  jobs.every('changes.trim', 300, async () => {
    await database.connected((connection) => trimChanges(connection, CHANGE_WINDOW_SECONDS))
  })
  jobs.every('retention.trim', 3600, () =>
    database.transaction(async (tx) => {
      await trimKeys(tx, now())
      for (const room of rooms) await room.trim(tx, now())
    }),
  )
  jobs.work(REWRAP, async () => {
    const count = await rewrapAll(database, { sealing, columns: SEALED, fingerprint })
    log.info({ count }, 're-wrapped under the new master key')
  })
}

const isDescribed = (table: { base: string }): table is RouteTable => table.base === '/api/v1'

const proxiesOf = ({ trusted_proxies, forwarded_header }: Config): TrustedProxies => ({
  networks: trusted_proxies,
  header: forwarded_header,
})

const tlsOf = ({ tls_cert, tls_key }: Config) =>
  tls_cert === undefined || tls_key === undefined
    ? undefined
    : { cert: readFileSync(tls_cert), key: readFileSync(tls_key) }
