// The network between a replica and its database, which a test can make go silent, break and heal.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Network {
  /** As the URL it was made for, but through this network. */
  url: string
  /** Accepts, and carries nothing; what is sent meanwhile comes late. */
  stall(): void
  /** As `stall`, and what is sent meanwhile is lost: connections of now never carry again. */
  lose(): void
  /** Breaks every connection and refuses new ones. */
  drop(): void
  /** Carries again. */
  heal(): void
  close(): Promise<void>
}

export async function networkTo(url: string): Promise<Network> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let state: 'carries' | 'stalls' | 'loses' | 'drops' = 'carries'
  const server = createServer((near) => {
    if (state === 'drops') return near.destroy()
    const far = connect(Number(target.port), target.hostname)
    carry(near, far)
    carry(far, near)
  })
  function carry(from: Socket, to: Socket): void {
    let lost = state === 'loses'
    sockets.add(from)
    if (state === 'stalls') from.pause()
    from.on('data', (bytes) => {
      lost ||= state === 'loses'
      if (!lost) to.write(bytes)
    })
    from.on('error', () => to.destroy())
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }
  const breakAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const through = new URL(url)
  through.port = String((server.address() as AddressInfo).port)
  return {
    url: through.href,
    stall() {
      state = 'stalls'
      for (const socket of sockets) socket.pause()
    },
    lose() {
      state = 'loses'
    },
    drop() {
      state = 'drops'
      breakAll()
    },
    heal() {
      state = 'carries'
      for (const socket of sockets) socket.resume()
    },
    async close() {
      breakAll()
      server.close()
      await once(server, 'close')
    },
  }
}
