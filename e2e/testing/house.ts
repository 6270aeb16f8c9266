// One suite, told in a house on the embedded database and, when TEST_DATABASE_URL is set, in one on PostgreSQL.
import { randomBytes } from 'node:crypto'
import { after, before, describe } from 'node:test'
import { type FreshDatabase, freshDatabase, postgresServer } from './postgres.ts'
import { BOOTSTRAP, type Server, startServer, temporaryFolder } from './server.ts'
import { openShop, type Shop, startUpstreams, type Upstreams } from './shop.ts'

export type HouseKind = 'embedded' | 'postgres'

/** With TEST_DATABASES=postgres the embedded database is left out: `npm test` has tested it. */
function houseKinds(): HouseKind[] {
  if (postgresServer() === undefined) return ['embedded']
  return process.env.TEST_DATABASES === 'postgres' ? ['postgres'] : ['embedded', 'postgres']
}

/** What a suite finds when its tests run; reading a part that was not asked for, or too early, throws. */
export interface House {
  readonly kind: HouseKind
  readonly server: Server
  readonly issuer: string
  readonly upstreams: Upstreams
  readonly shop: Shop
  /** Folder of the embedded database, and the server's working directory. */
  readonly folder: string
  /** Undefined on the embedded database. */
  readonly databaseUrl: string | undefined
  /** Everything that every start of it printed. */
  output(): string
  /** Stops it and starts it again at the same address, with `settings` on top. */
  restart(settings?: Record<string, string>): Promise<void>
}

export interface HouseOptions {
  settings?: Record<string, string>
  /** Whether the shop is set up; true without it. */
  shop?: boolean
  /** Whether the shop's records are the store that decides who sees what; true without it, costs a restart. */
  records?: boolean
}

export function eachHouse(name: string, suite: (house: House) => void, options: HouseOptions = {}): void {
  for (const kind of houseKinds())
    describe(`${name}, ${kind}`, { timeout: 600_000 }, () => {
      const built = new Builder(kind)
      before(() => built.open(options))
      after(() => built.close())
      suite(built)
    })
}

class Builder implements House {
  readonly kind: HouseKind
  folder = ''
  #server: Server | undefined
  #upstreams: Upstreams | undefined
  #shop: Shop | undefined
  #database: FreshDatabase | undefined
  #printed = ''
  #closing: (() => Promise<unknown>)[] = []

  constructor(kind: HouseKind) {
    this.kind = kind
  }

  get server(): Server {
    return here(this.#server)
  }
  get issuer(): string {
    return this.server.issuer
  }
  get upstreams(): Upstreams {
    return here(this.#upstreams)
  }
  get shop(): Shop {
    return here(this.#shop)
  }
  get databaseUrl(): string | undefined {
    return this.#database?.url
  }

  output(): string {
    return this.#printed + this.server.output()
  }

  async open({ settings = {}, shop = true, records = true }: HouseOptions): Promise<void> {
    const { path, remove } = await temporaryFolder()
    this.folder = path
    this.#closing.push(remove)
    if (this.kind === 'postgres') {
      const database = await freshDatabase(here(postgresServer()))
      this.#database = database
      this.#closing.push(() => database.drop())
    }
    const ground: Record<string, string> = this.#database
      ? { DATABASE_URL: this.#database.url, MANDATE_MASTER_KEY: randomBytes(32).toString('base64') }
      : {}
    this.#server = await startServer({ MANDATE_DATA_DIR: path, ...BOOTSTRAP, ...ground, ...settings })
    this.#closing.push(() => this.server.stop())
    if (!shop) return
    const upstreams = await startUpstreams()
    this.#upstreams = upstreams
    this.#closing.push(() => upstreams.close())
    this.#shop = await openShop(this.issuer, upstreams)
    if (records) await this.restart({ MANDATE_FGA_STORE: this.#shop.store })
  }

  async restart(settings: Record<string, string> = {}): Promise<void> {
    const { env } = this.server
    await this.server.stop()
    this.#printed += this.server.output()
    this.#server = await startServer({ ...env, ...settings })
  }

  async close(): Promise<void> {
    for (const end of this.#closing.reverse()) await end()
  }
}

function here<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('this part of the house is not there')
  return part
}
