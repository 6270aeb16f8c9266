// Puts the CRM on a loopback port, and takes it off again without waiting for clients that linger.
import { once } from 'node:events'
import type { Server } from 'node:http'

export interface Listening {
  url: string
  close(): Promise<void>
}

/** Port 0 picks a free one; `url` says which. */
export async function listen(server: Server, port: number): Promise<Listening> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      // Delayed answers may be a minute away.
      server.closeAllConnections()
      await closed
    },
  }
}
