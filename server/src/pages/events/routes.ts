// Method, path, operation: the same stream for a person's session and for tokens.
import type { FastifyReply } from 'fastify'
import type { Replier, RouteTable } from '../../pipeline/index.ts'
import { type Admitted, type Listening, listenToEvents } from './listen.ts'
import { openStream } from './stream.ts'

export function eventRoutes(given: Listening): readonly RouteTable[] {
  const listen = listenToEvents(given)
  const reply: Replier = {
    done(reply: FastifyReply, output) {
      const { principal, since, attend } = output as Admitted
      // Attended before it is opened, so that a refusal can still be one.
      let stream: ReturnType<typeof openStream> | undefined
      const leave = attend({
        ...{ principal, since },
        send: (text) => stream?.send(text) ?? true,
        end: () => stream?.end(),
      })
      stream = openStream(reply, leave)
      return reply
    },
    // A browser does not follow an event stream to a sign-in page: it is told plainly.
    refused: () => undefined,
  }
  return [
    {
      ...{ tag: 'pages', base: '', audience: 'session', reply },
      routes: [{ method: 'GET', path: '/events', operation: listen }],
    },
    // Outside the described API: what comes is no JSON document.
    {
      ...{ tag: 'pages', base: '', audience: '/api', reply },
      routes: [{ method: 'GET', path: '/api/v1/events', operation: listen }],
    },
  ]
}
