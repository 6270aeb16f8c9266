// The door: HTTP over a Unix socket that only the server's own user can open.
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { callOf, type Perform, type Ports, road } from '../pipeline/index.ts'
import type { Database } from '../platform/database/index.ts'
import { createHttp } from '../platform/http/index.ts'
import { copyDatabase } from './operations/copy-database.ts'
import { decideForOperator, operator } from './principal.ts'

export interface OperatorDoor {
  /** Why there is no door; undefined where it is open. */
  open(): Promise<string | undefined>
  close(): Promise<void>
}

export interface DoorGround {
  /** The road's, whose caller and judge are replaced: at this door both are others. */
  ports(): Ports
  database: Database
  /** Absolute. */
  dataDir: string
  /** Catches up with the change log. */
  hear(): Promise<void>
  onError(error: unknown, correlation: string): void
}

const SOCKET = 'control.sock'
// Of the longer of two paths, the socket's last one. sun_path, with its final NUL, has 108 bytes on Linux and 104 elsewhere.
const LONGEST = 103

export function operatorDoor({ ports, database, dataDir, hear, onError }: DoorGround): OperatorDoor {
  let app: FastifyInstance | undefined
  return {
    async open() {
      const perform = road({ ...ports(), authenticate: () => operator, decide: decideForOperator })
      if (Buffer.byteLength(join(dataDir, SOCKET)) > LONGEST)
        return 'the path of the data folder is too long for control.sock'
      // Bound in a folder that nobody else can enter, and moved when it is closed to others: there is no moment between.
      const draft = await mkdtemp(join(dataDir, '.c-'))
      try {
        const bound = join(draft, 's')
        app = await createHttp({ issuer: 'http://localhost', onError })
        mountDoor(app, perform, copyDatabase({ database, dataDir, hear }))
        await app.listen({ path: bound })
        await chmod(bound, 0o600)
        await rename(bound, join(dataDir, SOCKET))
        return undefined
      } catch (error) {
        // Not every file system has sockets, and nobody's sign-in should depend on it.
        await app?.close()
        return `control.sock cannot be made (${(error as NodeJS.ErrnoException).code})`
      } finally {
        await rm(draft, { recursive: true, force: true })
      }
    },
    async close() {
      await app?.close()
      await rm(join(dataDir, SOCKET), { force: true })
    },
  }
}

function mountDoor(app: FastifyInstance, perform: Perform, copy: ReturnType<typeof copyDatabase>): void {
  app.post('/database-copies', { config: { operation: copy.id } }, async (request, reply) => {
    reply.code(201)
    return perform(copy, callOf(request, { audience: operator.audience, input: () => request.body }))
  })
}
