// The enforcement point: its doors, on the road, over what it was given.
import type { FastifyInstance } from 'fastify'
import { callOf, type Operation, type Perform } from '../pipeline/index.ts'
import { createAttendance } from './attendance.ts'
import { createChildren } from './mcp/children.ts'
import { CONNECTION, mcpDoor } from './mcp/door.ts'
import { createSessions } from './mcp/sessions.ts'
import { type GatewayGiven, MOST_CHILDREN } from './model.ts'
import { resourceMetadata } from './operations/resource-metadata.ts'
import { proxyDoor } from './proxy/door.ts'

export interface Gateway {
  /** Puts the gateway's routes on `app`, each handler on the road. */
  plugin(app: FastifyInstance, perform: Perform): Promise<void>
  operations: readonly Operation[]
  /** Ends the calls, streams and sessions here that stand on this user, agent, session, task, client or connection. */
  endCalls(link: string): number
  /** Ends streams, which would never end by themselves; calls go on. */
  endStreams(): void
  /** Ends calls, streams, sessions and child processes. */
  close(): Promise<void>
}

export function createGateway(given: GatewayGiven): Gateway {
  const attendance = createAttendance(given)
  const sessions = createSessions({ clock: given.clock, attendance })
  const doors = [
    mcpDoor({ ...given, attendance, sessions, children: createChildren(MOST_CHILDREN) }),
    proxyDoor({ ...given, attendance }),
  ]
  const metadata = resourceMetadata(given.issuer)
  return {
    async plugin(app, perform) {
      await app.register(async (scope) => {
        // Bodies are judged, and sent on, as the bytes that came.
        scope.removeAllContentTypeParsers()
        scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
        for (const door of doors) door.mount(scope, perform)
        scope.get(
          `/.well-known/oauth-protected-resource/mcp/${CONNECTION}`,
          { config: { operation: metadata.id }, exposeHeadRoute: false },
          (request) => perform(metadata, callOf(request, { audience: '', input: () => request.params })),
        )
      })
    },
    operations: [...doors.flatMap(({ operations }) => operations), metadata as unknown as Operation],
    endCalls: attendance.endLinked,
    endStreams: attendance.endStreams,
    async close() {
      attendance.close()
      await sessions.close()
    },
  }
}
