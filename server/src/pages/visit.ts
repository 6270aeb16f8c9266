// One request for a page: what was asked, and the only way to find anything out, which is the road.
import type { Me } from '@mandate/contract'
import type { FastifyRequest } from 'fastify'
import { rolesCover } from '../access/index.ts'
import { Problem } from '../kernel/problem.ts'
import { type Call, callOf, type Operation, type Perform } from '../pipeline/index.ts'

export type Fields = Readonly<Record<string, string>>

/** Operations by id, of every room that is mounted. */
export type Operations = ReadonlyMap<string, Operation>

export interface Visit {
  path: Fields
  query: Fields
  form: Fields
  /** Milliseconds since the epoch. */
  now: number
  issuer: string
  /** Performs an operation as the person whose session the browser shows. Throws what the road throws. */
  do<T>(operation: string, input?: Record<string, unknown>): Promise<T>
  /** As `do`, for parts that may be left out: undefined where it is not mounted or was refused. */
  may<T>(operation: string, input?: Record<string, unknown>): Promise<T | undefined>
  mounted(operation: string): boolean
  /** Who is here. */
  me(): Promise<Me>
  /** Whether the person's roles cover a scope: to show only what leads somewhere. The road decides by itself. */
  holds(scope: string): Promise<boolean>
}

export interface Visiting {
  perform: Perform
  operations: Operations
  issuer: string
  now(): number
}

/** A visit, and the ids of the operations that were put on the road for it. */
export function visitOf(request: FastifyRequest, { perform, operations, issuer, now }: Visiting) {
  const performed = new Set<string>()
  let me: Promise<Me> | undefined

  async function doIt<T>(id: string, input: Record<string, unknown> = {}): Promise<T> {
    const operation = operations.get(id)
    if (!operation) throw new Error(`no room offers ${id}`)
    // One POST may perform several operations: a key that names one act would name them all.
    const { credentials, correlation, remote } = callOf(request, { audience: 'session', issuer, input: () => input })
    const own: Call = { credentials, correlation, remote, input }
    try {
      return (await perform(operation, own)) as T
    } finally {
      if (own.performed !== undefined) performed.add(own.performed)
    }
  }

  const visit: Visit = {
    path: fieldsOf(request.params),
    query: fieldsOf(request.query),
    form: fieldsOf(request.body),
    now: now(),
    issuer,
    do: doIt,
    may: async <T>(id: string, input?: Record<string, unknown>) =>
      operations.has(id) ? await doIt<T>(id, input).catch(leftOut) : undefined,
    mounted: (id) => operations.has(id),
    me: () => {
      me ??= doIt<Me>('authentication.get-me')
      return me
    },
    holds: async (scope) => rolesCover((await visit.me()).roles, scope),
  }
  return { visit, performed }
}

// Refusals only: what broke must be seen to be broken, and who is not signed in must be sent to sign in.
function leftOut(error: unknown): undefined {
  if (error instanceof Problem && LEFT_OUT.has(error.code)) return undefined
  throw error
}

const LEFT_OUT: ReadonlySet<string> = new Set(['forbidden', 'not_found', 'invalid_input'])

// A field given twice is none: which one counts would be anybody's guess.
function fieldsOf(given: unknown): Fields {
  const fields: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries((given as Record<string, unknown> | null | undefined) ?? {}))
    if (typeof value === 'string') fields[name] = value
  return fields
}
