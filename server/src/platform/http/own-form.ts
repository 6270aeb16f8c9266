// Doors whose refusals have a form of their own, also for what never reaches a route: unknown paths, unreadable bodies.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Problem } from '../../kernel/problem.ts'

export interface OwnForm {
  /** The path that all of the door lies below. */
  base: string
  send(reply: FastifyReply, problem: Problem, request: FastifyRequest): unknown
}

const forms = new WeakMap<FastifyInstance['server'], OwnForm[]>()

/** From now on whatever is refused below `form.base` is sent by it. */
export function refuseInOwnForm({ server }: FastifyInstance, form: OwnForm): void {
  const known = forms.get(server) ?? []
  if (known.some(({ base }) => base === form.base)) throw new Error(`${form.base} has its own form already`)
  forms.set(server, [...known, form])
}

/** The form of the door that `path` lies below, if it has one. */
export const ownFormOf = ({ server }: FastifyInstance, path: string): OwnForm | undefined =>
  forms.get(server)?.find(({ base }) => path === base || path.startsWith(`${base}/`))
