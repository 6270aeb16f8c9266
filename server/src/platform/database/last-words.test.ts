// A server that ends a connection in the very moment it has let it in, as one does that is shut down or fails over.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { openPostgres } from './postgres.ts'

const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5)
  head.write(type, 'latin1')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
const AUTHENTICATED = message('R', Buffer.alloc(4))
const READY = message('Z', Buffer.from('I'))
const LAST_WORDS = message(
  'E',
  Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
)

test('a connection that ends with its first words fails who asked for it, and nobody else', async () => {
  let met = 0
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      met += 1
      // In one piece: nothing else can happen in between.
      socket.end(Buffer.concat([AUTHENTICATED, READY, LAST_WORDS]))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    for (let times = 0; times < 5; times++)
      await assert.rejects(
        openPostgres({
          url: `postgres://mandate@127.0.0.1:${port}/mandate`,
          append: async () => assert.fail('nothing is written'),
          onError: () => {},
        }),
      )
    assert.equal(met, 5)
  } finally {
    server.close()
  }
})
