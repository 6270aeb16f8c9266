// The operator's door: a socket that only the server's own user can open, and nothing else leads to what is behind it.
import assert from 'node:assert/strict'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { machineApi } from '../testing/api.ts'
import { mandate } from '../testing/cli.ts'
import { eventually } from '../testing/eventually.ts'
import { BOOTSTRAP, type Server, startServer, temporaryFolder } from '../testing/server.ts'

let place = { path: '', remove: async () => {} }
let server: Server
const socketPath = () => join(place.path, 'control.sock')
before(async () => {
  place = await temporaryFolder()
  server = await startServer({ MANDATE_DATA_DIR: place.path, ...BOOTSTRAP })
})
after(async () => {
  await server.kill()
  await place.remove()
})

function knock(path: string, body: string, method = 'POST'): Promise<{ status?: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { socketPath: socketPath(), path, method, headers: { 'content-type': 'application/json' } },
      (answer) => text(answer).then((content) => resolve({ status: answer.statusCode, body: content }), reject),
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

test('is a socket for the server’s own user alone', async () => {
  const { mode, uid } = await stat(socketPath())
  assert.equal(mode & 0o777, 0o600)
  assert.equal(uid, process.getuid?.())
  assert.deepEqual(
    (await readdir(place.path)).filter((name) => name.startsWith('.c-')),
    [],
  )
})

test('is not there over the network, for anyone', async () => {
  const admin = await machineApi(server.issuer)
  for (const path of ['/database-copies', '/api/v1/database-copies']) {
    assert.equal((await admin.call('POST', path, { archive: 'backup' })).status, 404)
    assert.equal(
      (await fetch(`${server.issuer}${path}`, { method: 'POST', headers: { host: 'localhost' } })).status,
      404,
    )
  }
  const operated = await admin.must('GET', '/api/v1/audit/events?operation=operator.copy-database')
  assert.deepEqual(operated.items, [])
})

test('leads to its own operation and to no other', async () => {
  for (const path of ['/api/v1/users', '/healthz', '/metrics', '/oauth/token', '/'])
    assert.equal((await knock(path, '', 'GET')).status, 404)
  for (const body of ['{"archive":"everything"}', '{"archive":"backup","folder":"/tmp"}', '{}', '[]', '{'])
    assert.equal((await knock('/database-copies', body)).status, 400, body)
})

test('records who came through it, before and after', async () => {
  const made = await mandate(['backup', join(place.path, 'a.mandate')], { env: server.env, cwd: place.path })
  assert.equal(made.code, 0, made.err)
  const admin = await machineApi(server.issuer)
  const { items } = await admin.must(
    'GET',
    '/api/v1/audit/events?operation=operator.copy-database&principal=cli_operator',
  )
  assert.deepEqual(
    items.map(({ kind, outcome }: { kind: string; outcome?: string }) => [kind, outcome]),
    [
      ['outcome', 'done'],
      ['attempt', undefined],
    ],
  )
  assert.deepEqual(items[0].facts, { archive: 'backup' })
})

test('is taken over from a server that was killed, and gone when one stops', async () => {
  await server.kill()
  await stat(socketPath())
  server = await startServer(server.env as Record<string, string>)
  assert.equal((await knock('/healthz', '', 'GET')).status, 404)
  await server.stop()
  await assert.rejects(stat(socketPath()), /ENOENT/)
  const refused = await mandate(['backup', join(place.path, 'a.mandate')], { env: server.env, cwd: place.path })
  assert.match(refused.err, /is there already/)
  const made = await mandate(['backup', join(place.path, 'b.mandate')], { env: server.env, cwd: place.path })
  assert.equal(made.code, 0, made.err)
  assert.doesNotMatch(made.out, /asked for a copy/)
})

test('cannot be where the folder’s path is too long: the log says so, and the command says what to do', async () => {
  const long = join(place.path, 'x'.repeat(100))
  await mkdir(long)
  const env = { ...server.env, MANDATE_DATA_DIR: long }
  const there = await startServer(env)
  try {
    const said = () => there.output().split('too long for control.sock').length - 1
    await eventually(async () => (said() > 0 ? true : undefined))
    assert.equal(said(), 1)
    const refused = await mandate(['backup', join(place.path, 'c.mandate')], { env: there.env, cwd: place.path })
    assert.equal(refused.code, 1)
    assert.match(refused.err, /^mandate: a server holds the data folder and cannot be asked [^\n]*stop it[^\n]*\n$/)
  } finally {
    await there.stop()
  }
})
