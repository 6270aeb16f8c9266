// A real cluster, from start to no trace.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { it } from 'node:test'
import { startCluster } from './postgres-cluster.ts'

it('starts a cluster that answers over loopback, asks for its password, and leaves nothing behind', async () => {
  const cluster = await startCluster()
  const { port, hostname } = new URL(cluster.url)
  try {
    const sql = "select current_setting('max_connections'), current_setting('listen_addresses')"
    assert.equal(execFileSync('psql', [cluster.url, '-Atc', sql], { encoding: 'utf8' }).trim(), '200|127.0.0.1')
    const stranger = cluster.url.replace(/:[^:@]+@/, ':wrong@')
    assert.match(spawnSync('psql', [stranger, '-c', 'select 1'], { encoding: 'utf8' }).stderr, /authentication failed/)
  } finally {
    await cluster.stop()
  }
  assert.ok(!existsSync(cluster.folder))
  await cluster.stop()
  const answered = await new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
  assert.equal(answered, false)
})
