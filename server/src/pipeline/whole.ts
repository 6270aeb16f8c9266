// A table that all below its base belongs to: JSON whatever the content type, and every refusal in the table's own form.
import type { FastifyInstance } from 'fastify'
import { Problem } from '../kernel/problem.ts'
import { bodiesAreJson, refuseInOwnForm } from '../platform/http/index.ts'
import type { RouteTable } from './routes.ts'

export function mountWhole(
  { base, reply, routes }: RouteTable,
  app: FastifyInstance,
  mountRoutes: (scope: FastifyInstance) => void,
): void {
  const unreached = reply?.unreached
  if (!unreached) throw new Error(`${base} speaks for all below it, and has no words for it`)
  const paths = routes.map(({ method, path }) => ({ method, pattern: patternOf(`${base}${path}`) }))
  refuseInOwnForm(app, {
    base,
    send(answer, problem, { method, url, id }) {
      const path = url.split('?', 1)[0] ?? ''
      const known = problem.code === 'not_found' && paths.some(({ pattern }) => pattern.test(path))
      const taken = known && paths.some((each) => each.method === method && each.pattern.test(path))
      return unreached(answer, known && !taken ? new Problem('method_not_allowed') : problem, id)
    },
  })
  void app.register(async (scope) => {
    bodiesAreJson(scope)
    mountRoutes(scope)
  })
}

const patternOf = (path: string): RegExp => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
