// The HTTP APIs of connections: every method but those that only ask about a resource.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { below, callOf, type Operation, type Perform } from '../../pipeline/index.ts'
import type { Attendance } from '../attendance.ts'
import { challenged, isUnauthenticated } from '../challenge.ts'
import type { GatewayGiven } from '../model.ts'
import { proxy } from '../operations/proxy.ts'
import { proxyInputOf } from './read-request.ts'

export function proxyDoor(given: GatewayGiven & { attendance: Attendance }) {
  const operation = proxy(given)
  const { issuer, connections, readers } = given

  function mount(app: FastifyInstance, perform: Perform): void {
    app.route({
      method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      url: '/proxy/:connection(^[a-z0-9-]{1,40}$)/*',
      config: { operation: operation.id },
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const gone = new AbortController()
        reply.raw.once('close', () => {
          // Answered calls close too; the exception an abort makes would be made for nobody.
          if (!reply.raw.writableFinished) gone.abort()
        })
        const call = callOf(request, {
          // One token is good for both doors of a connection (CONTRACT §2).
          audience: below(issuer, `/mcp/${nameOf(request)}`),
          input: () => proxyInputOf(request, { connections, readers, gone: gone.signal }),
        })
        try {
          const { status, headers, body } = await perform(operation, call)
          // Foreign content at our own address must not be able to act in our name.
          reply.code(status).headers(headers).header('content-security-policy', "default-src 'none'; sandbox")
          return reply.send(status === 204 || status === 304 ? undefined : body)
        } catch (error) {
          if (isUnauthenticated(error)) throw challenged(error, { issuer, connection: nameOf(request) })
          throw error
        }
      },
    })
  }
  return { mount, operations: [operation] as unknown as Operation[] }
}

const nameOf = ({ params }: FastifyRequest): string => (params as { connection: string }).connection
