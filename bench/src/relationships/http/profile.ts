// Where the time of each call over HTTP goes: V8's profiler in the server, each moment charged to the file that caused it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { places } from '../../databases.ts'
import { microseconds, printProfiles, type Window } from '../../profile.ts'
import { exchangeAll, openWire } from '../../wire.ts'
import { openWorld } from '../opened.ts'
import { serveStore } from '../served-store.ts'
import { worldOf } from '../world.ts'
import { drive, sizeServed } from '../worlds/index.ts'
import { callsOf } from './calls.ts'

const CONCURRENCY = 32
const ROUNDS = 3

export async function profileCalls(): Promise<void> {
  const world = worldOf(drive, sizeServed())
  for (const place of await places()) {
    const folder = await mkdtemp(join(tmpdir(), 'mandate-profile-'))
    try {
      const served = await serveStore(place, world, ['--cpu-prof', `--cpu-prof-dir=${folder}`])
      const windows: Window[] = []
      for (const { name, round, atATime = CONCURRENCY } of callsOf(served, openWorld(world))) {
        const wires = await Promise.all(Array.from({ length: atATime }, () => openWire(served.url)))
        await exchangeAll(wires, round())
        const from = microseconds()
        let calls = 0
        for (let nth = 0; nth < ROUNDS; nth++) {
          const exchanges = round()
          await exchangeAll(wires, exchanges)
          calls += exchanges.length
        }
        windows.push({ name, from, to: microseconds(), calls })
        for (const wire of wires) wire.close()
      }
      await served.close()
      await printProfiles(folder, `Relationships over HTTP, ${place.name}`, windows)
    } finally {
      await rm(folder, { recursive: true })
      await place.remove()
    }
  }
}
