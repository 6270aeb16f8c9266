// Puts pages on the server: each performs other rooms' operations by the road, as whoever's session the browser shows.
import type { Page } from '@mandate/console'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../kernel/problem.ts'
import type { RouteTable } from '../pipeline/index.ts'
import { pageReply } from '../platform/pages/index.ts'
import { navOf } from './nav.ts'
import { type Visit, type Visiting, visitOf } from './visit.ts'

export interface PageRoute {
  method: 'GET' | 'POST'
  /** `/agents/{id}`. */
  path: string
  /** Id of the operation that the page stands or falls with; where no room offers it, there is no such page. */
  guard: string
  view(visit: Visit): Promise<Page>
}

export interface MountedPages extends Omit<Visiting, 'operations'> {
  app: FastifyInstance
  /** What the rooms offer. */
  tables: readonly RouteTable[]
}

export function mountPages(routes: readonly PageRoute[], { app, tables, ...given }: MountedPages): void {
  const operations = new Map(tables.flatMap((table) => table.routes).map(({ operation }) => [operation.id, operation]))
  for (const { method, path, guard, view } of routes) {
    if (!operations.has(guard)) continue
    app.route({
      method,
      url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      config: { operation: guard },
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const { visit, performed } = visitOf(request, { ...given, operations })
        try {
          const page = await view(visit)
          // A page that forgot the road would show what nobody decided that it may show.
          if (!performed.has(guard)) throw new Error(`${method} ${path} did not perform ${guard}`)
          const shown = page.location === undefined ? { ...page, nav: await navOf(visit, path), at: visit.now } : page
          return pageReply.done(reply, shown)
        } catch (error) {
          const answered = pageReply.refused(reply, method === 'GET' ? addressed(error) : error)
          if (answered === undefined) throw error
          return answered
        }
      },
    })
  }
}

// All that a page is asked comes from its address: one that does not fit leads nowhere.
const addressed = (error: unknown): unknown =>
  error instanceof Problem && error.code === 'invalid_input' ? new Problem('not_found', { cause: error }) : error
