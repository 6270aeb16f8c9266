// A mail server that keeps what it takes, refuses one address, and can leave callers waiting.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

export interface Letter {
  to: string[]
  /** With its headers; long lines are put together again. */
  body: string
}

export interface Post {
  url: string
  letters: Letter[]
  /** Greets callers, or lets them wait. Those who waited are greeted when it does again. */
  greets(yes: boolean): void
  close(): Promise<void>
}

export async function startPost({ refuses }: { refuses?: string } = {}): Promise<Post> {
  const letters: Letter[] = []
  let greeting = true
  const waiting: (() => void)[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onConnect(_, done) {
      if (greeting) done()
      else waiting.push(done)
    },
    onRcptTo({ address }, _, done) {
      done(address === refuses ? new Error(`no such person: ${address}`) : null)
    },
    onData(stream, session, done) {
      text(stream).then((body) => {
        letters.push({ to: session.envelope.rcptTo.map(({ address }) => address), body: body.replaceAll('=\r\n', '') })
        done()
      }, done)
    },
  })
  // A caller that was killed breaks its connection; that is what this is for.
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  return {
    ...{ url: `smtp://127.0.0.1:${port}`, letters },
    greets(yes) {
      greeting = yes
      if (yes) for (const done of waiting.splice(0)) done()
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
