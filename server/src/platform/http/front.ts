// What stands before the framework: counts the requests under way, and hands those below a door's base to the door, which
// answers on node:http alone. A question that takes a few microseconds must not cost more on its way in and out than in
// being answered (ADR 0012).
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { type AddressOf, keepAddress } from './client-address.ts'

export interface Door {
  /** The path that all of the door lies below. */
  base: string
  /** Answers in any case; `report` is told of failures that are ours. */
  answer(request: IncomingMessage, response: ServerResponse, report: Report): void
}

export type Report = (error: unknown, correlation: string) => void
export type Answering = (request: IncomingMessage, response: ServerResponse) => void

export class Front {
  readonly #doors: Door[] = []
  readonly #report: Report
  readonly #addressOf: AddressOf
  #underWay = 0
  #waiting: (() => void)[] = []
  /** From then on all are told to go elsewhere, which is the framework's to say. */
  closing = false

  constructor(report: Report, addressOf: AddressOf) {
    this.#report = report
    this.#addressOf = addressOf
  }

  open(door: Door): void {
    if (this.#doors.some(({ base }) => base === door.base)) throw new Error(`${door.base} has its own door already`)
    this.#doors.push(door)
  }

  /** Answers each request by its door, or else by `framework`. */
  before(framework: Answering): Answering {
    return (request, response) => {
      this.#underWay += 1
      response.once('close', this.#ended)
      keepAddress(request, this.#addressOf)
      const path = pathOf(request.url ?? '')
      const door = this.closing ? undefined : this.#doorOf(path)
      if (!door) return framework(request, response)
      request.url = path
      door.answer(request, response, this.#report)
    }
  }

  /** Resolves when no request is under way. */
  quiet(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#underWay === 0) resolve()
      else this.#waiting.push(resolve)
    })
  }

  readonly #ended = (): void => {
    this.#underWay -= 1
    if (this.#underWay > 0) return
    for (const resolve of this.#waiting) resolve()
    this.#waiting = []
  }

  #doorOf(url: string): Door | undefined {
    for (const door of this.#doors) if (url.startsWith(door.base) && endsAt(url, door.base.length)) return door
    return undefined
  }
}

// RFC 9112 §3.2.2: whoever takes us for a proxy names the whole URL.
const pathOf = (url: string): string => (url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*/i, ''))

// The base itself, something below it, or its query; not another path that begins alike.
function endsAt(url: string, length: number): boolean {
  const next = url[length]
  return next === undefined || next === '/' || next === '?' || next === '#'
}

const fronts = new WeakMap<FastifyInstance, Front>()

export const putBefore = (app: FastifyInstance, front: Front): void => void fronts.set(app, front)

/** The front of what `createHttp` made. */
export function frontOf(app: FastifyInstance): Front {
  const front = fronts.get(app)
  if (!front) throw new Error('the server was not made by createHttp')
  return front
}
