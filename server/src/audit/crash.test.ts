// A process that is killed at any moment: what it acknowledged is there, and the log verifies.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import {
  append,
  emptyFrontier,
  entryHash,
  openCheckpoint,
  parseVerifierKey,
  rootOf,
  sameBytes,
} from '@mandate/contract/log'
import { appendChanges } from '../platform/changes/index.ts'
import { openDatabase } from '../platform/database/index.ts'
import { listCheckpoints, listLeaves, listUnsequenced } from './store.ts'

test('a killed process leaves every acknowledged attempt and a log that verifies', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mandate-audit-'))
  try {
    const victim = spawn(process.execPath, [join(import.meta.dirname, 'crash-victim.testing.ts'), dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines: string[] = []
    for await (const line of createInterface(victim.stdout)) {
      lines.push(line)
      if (lines.length === 600) victim.kill('SIGKILL')
    }
    if (victim.exitCode === null && victim.signalCode === null) await once(victim, 'exit')
    const key = parseVerifierKey(lines.shift() ?? '')
    assert.ok(key && lines.length >= 599)

    const database = await openDatabase({ dataDir, append: appendChanges, onError: () => {} })
    const { leaves, waiting, notes } = await database.transaction(async (tx) => ({
      leaves: await listLeaves(tx, { from: 0, limit: 100_000 }),
      waiting: await listUnsequenced(tx, 100_000),
      notes: await listCheckpoints(tx, { after: -1, limit: 100_000 }),
    }))
    await database.close()
    const there = new Set([...leaves, ...waiting].map(({ entry }) => JSON.parse(entry).id))
    assert.deepEqual(
      lines.filter((id) => id.startsWith('evt_') && id.length === 30 && !there.has(id)),
      [],
    )
    assert.ok(leaves.length > 0)
    assert.deepEqual(
      leaves.map(({ leaf_index }) => leaf_index),
      leaves.map((_, i) => i),
    )
    const newest = openCheckpoint(notes.at(-1)?.note ?? '', key)
    assert.ok(newest)
    assert.equal(newest.size, leaves.length)
    assert.ok(
      sameBytes(
        rootOf(
          append(
            emptyFrontier,
            leaves.map(({ entry }) => entryHash(entry)),
          ),
        ),
        newest.root,
      ),
    )
  } finally {
    await rm(dataDir, { recursive: true })
  }
})
