// Secrets are looked for wherever they could have leaked to: printed, answered, exported, counted, traced, stored.
import assert from 'node:assert/strict'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { found as foundIn } from '../testing/canaries.ts'
import { startCollector } from '../testing/collector.ts'
import { liveThrough } from '../testing/day-of-secrets.ts'
import { eventually } from '../testing/eventually.ts'
import { eachHouse } from '../testing/house.ts'
import { storedIn } from '../testing/stored.ts'

const collector = await startCollector()
after(() => collector.close())

eachHouse(
  'a secret',
  (house) => {
    /** What must not be found, by name. */
    const secrets = new Map<string, string>()
    const bodies: string[] = []

    before(async () => {
      await liveThrough(house, secrets, bodies)
    })

    const found = (bytes: Buffer): string[] => foundIn(secrets, bytes)

    test('there are secrets to look for, and they would be found', () => {
      assert.ok(secrets.size >= 14)
      for (const [name, secret] of secrets) {
        assert.ok(secret.length >= 12, name)
        assert.ok(found(Buffer.from(`x${secret}y`)).includes(name))
      }
    })

    test('is in no answer that did not ask for it', () => {
      assert.ok(bodies.length >= 15)
      for (const body of bodies) assert.deepEqual(found(Buffer.from(body)), [], body.slice(0, 400))
    })

    test('is not in the log’s export, the metrics, or the API’s description', async () => {
      const { admin } = house.shop
      // What was written last is sequenced within a second.
      const exported = await eventually(async () => {
        const answer = await admin.call('GET', '/api/v1/audit/export?limit=5000')
        return /connections\.create-connection/.test(answer.body) && /gateway\.call-tool/.test(answer.body)
          ? answer
          : undefined
      })
      const listed = await admin.must('GET', '/api/v1/audit/events?limit=200')
      const metrics = await (await fetch(`${house.issuer}/metrics`)).text()
      assert.match(metrics, /operations_total/)
      const description = await (await fetch(`${house.issuer}/api/v1/openapi.json`)).text()
      for (const [where, text] of Object.entries({
        exported: exported.body,
        listed: JSON.stringify(listed),
        metrics,
        description,
      }))
        assert.deepEqual(found(Buffer.from(text)), [], where)
    })

    test('is not read back from what was registered with it', async () => {
      const { admin, agent, connections } = house.shop
      for (const path of [
        '/api/v1/connections',
        `/api/v1/connections/${connections.api}`,
        `/api/v1/agents/${agent.id}/credentials`,
        '/api/v1/clients',
        '/api/v1/users',
      ])
        assert.deepEqual(found(Buffer.from(JSON.stringify(await admin.must('GET', path)))), [], path)
    })

    // Last: it stops the house.
    test('is nowhere that outlives the house: its output, its traces, its tables and files', async () => {
      await house.server.stop()
      if (house.databaseUrl === undefined) await closedToOthers(house.folder)
      const output = house.output()
      assert.match(output, /"level":"info"/)
      assert.deepEqual(found(Buffer.from(output)), [])
      const traces = collector.bytes()
      assert.ok(traces.includes('gateway.call-tool') && traces.includes('oauth.token'), 'nothing was traced')
      assert.deepEqual(found(traces), [])
      const stored = await storedIn(house)
      const tables = new Set(stored.map(({ where }) => where))
      for (const column of [
        'public.held_credentials.sealed',
        'public.audit_events.entry',
        'public.oidc_entities.payload',
      ])
        assert.ok(tables.has(column), `${column} was not looked at`)
      for (const { where, bytes } of stored) assert.deepEqual(found(bytes), [], where)
    })
  },
  { settings: { MANDATE_OTLP_ENDPOINT: collector.endpoint } },
)

async function closedToOthers(folder: string): Promise<void> {
  const files = await readdir(folder, { recursive: true })
  assert.ok(files.length > 100)
  for (const file of files) {
    const { mode } = await stat(join(folder, file))
    assert.equal(mode & 0o077, 0, `${file} has mode ${(mode & 0o777).toString(8)}`)
  }
}
