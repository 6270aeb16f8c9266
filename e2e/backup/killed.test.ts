// A restore that is killed leaves the old house or the new one, wherever it was cut off.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as moment } from 'node:timers/promises'
import { machineApi } from '../testing/api.ts'
import { maintenance, mandate } from '../testing/cli.ts'
import { freshDatabase, postgresServer } from '../testing/postgres.ts'
import { BOOTSTRAP, type Server, startServer, temporaryFolder } from '../testing/server.ts'

/** What the restore has said when it is killed, and how much later. */
const MOMENTS: readonly [said: RegExp, ms: number][] = [
  [/is whole/, 0],
  [/is whole/, 400],
  [/Rows loaded/, 0],
  [/Rows loaded/, 30],
  [/users: /, 0],
  [/users: /, 60],
  [/users: /, 250],
]

for (const kind of postgresServer() === undefined ? ['embedded'] : ['embedded', 'postgres'])
  describe(`a restore that is killed, ${kind}`, { timeout: 400_000 }, () => {
    const closing: (() => Promise<unknown>)[] = []
    let server: Server
    let path: string
    let cwd: string

    const emails = async (): Promise<string[]> => {
      const { items } = await (await machineApi(server.issuer)).must('GET', '/api/v1/users')
      return items.map(({ email }: { email: string }) => email).sort()
    }

    before(async () => {
      const place = await temporaryFolder()
      closing.push(place.remove)
      cwd = place.path
      await mkdir(join(cwd, 'data'))
      const url = postgresServer()
      const database = kind === 'postgres' && url !== undefined ? await freshDatabase(url) : undefined
      if (database) closing.push(() => database.drop())
      server = await startServer({
        ...{ MANDATE_DATA_DIR: join(cwd, 'data'), ...BOOTSTRAP },
        ...(database && { DATABASE_URL: database.url, MANDATE_MASTER_KEY: randomBytes(32).toString('base64') }),
      })
      closing.push(() => server.kill())
      path = join(cwd, 'one.mandate')
      const made = await mandate(['backup', path], { env: server.env, cwd })
      assert.equal(made.code, 0, made.err)
      await (await machineApi(server.issuer)).must('POST', '/api/v1/users', { email: 'late@example.com' })
    })
    after(async () => {
      for (const end of closing.reverse()) await end()
    })

    const old = [BOOTSTRAP.MANDATE_BOOTSTRAP_ADMIN_EMAIL, 'late@example.com']

    for (const [said, ms] of MOMENTS)
      test(`${ms} ms after it said ${said}`, async () => {
        await server.stop()
        const child = maintenance(['restore', path, '--replace'], { env: server.env, cwd })
        const exited = once(child, 'exit')
        let out = ''
        await new Promise<void>((resolve) => {
          child.stdout?.on('data', (chunk) => {
            out += chunk
            if (said.test(out)) resolve()
          })
          exited.then(() => resolve())
        })
        await moment(ms)
        child.kill('SIGKILL')
        await exited
        server = await startServer(server.env as Record<string, string>)
        const found = await emails()
        if (found.length === 1) {
          // It was through: the old state is set up again for the next.
          assert.deepEqual(found, old.slice(0, 1))
          await (await machineApi(server.issuer)).must('POST', '/api/v1/users', { email: 'late@example.com' })
        } else assert.deepEqual(found, old)
      })

    test('and one that is not killed goes through all the same', async () => {
      await server.stop()
      const restored = await mandate(['restore', path, '--replace'], { env: server.env, cwd })
      assert.equal(restored.code, 0, restored.err)
      server = await startServer(server.env as Record<string, string>)
      assert.deepEqual(await emails(), old.slice(0, 1))
    })
  })
