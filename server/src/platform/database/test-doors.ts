// Doors that tests put before a database: one that holds its callers, and a network that stalls and cuts.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Database } from './database.ts'

export interface Door {
  database: Database
  /** From now on, callers wait before they reach the database. */
  shut(): void
  open(): void
}

/** `database` behind a door. */
export function behindDoor(database: Database): Door {
  let opened = Promise.withResolvers<void>()
  opened.resolve()
  return {
    database: {
      ...database,
      async connected(work, answerWithinMs) {
        await opened.promise
        return database.connected(work, answerWithinMs)
      },
      async heartbeat(work, answerWithinMs) {
        await opened.promise
        return database.heartbeat(work, answerWithinMs)
      },
      async snapshot(work) {
        await opened.promise
        return database.snapshot(work)
      },
    },
    shut() {
      opened = Promise.withResolvers<void>()
    },
    open: () => opened.resolve(),
  }
}

export interface Network {
  /** As the URL it was made for, but through this network. */
  url: string
  /** Swallows everything, in silence, on connections that are and those to come. */
  stall(): void
  /** Cuts every connection and refuses new ones. */
  cut(): void
  /** Carries again; what was swallowed stays lost, so connections of before are useless. */
  mend(): void
  close(): Promise<void>
}

/** A TCP proxy on loopback before the server of `url`. */
export async function networkTo(url: string): Promise<Network> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let state: 'carries' | 'stalls' | 'refuses' = 'carries'
  const server = createServer((near) => {
    if (state === 'refuses') return near.destroy()
    const far = connect(Number(target.port), target.hostname)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      let lost = state === 'stalls'
      sockets.add(from)
      from.on('data', (data) => {
        lost ||= state === 'stalls'
        if (!lost) to.write(data)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String((server.address() as AddressInfo).port)
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: through.href,
    stall() {
      state = 'stalls'
    },
    cut() {
      state = 'refuses'
      destroyAll()
    },
    mend() {
      state = 'carries'
    },
    async close() {
      destroyAll()
      server.close()
      await once(server, 'close')
    },
  }
}
