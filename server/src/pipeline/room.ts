// A room is one value: what it stores, and what it contributes to the server once it is opened. Every part is
// required, so that a room that forgets one does not compile. docs/adding-a-room.md shows how to add one.
import type { LogoutSubjectType, LogoutTarget } from '@mandate/contract'
import type { FastifyInstance } from 'fastify'
import type { Follower } from '../platform/changes/index.ts'
import type { Transaction } from '../platform/database/index.ts'
import type { Ground } from '../platform/ground.ts'
import type { Handler } from '../platform/jobs/index.ts'
import type { StoredData } from '../platform/stored-data.ts'
import type { Perform } from './perform.ts'
import type { RouteTable } from './routes.ts'
import type { WholeTable } from './whole.ts'

/** `Given`: other rooms' doors and settings. `Door`: what this room offers other rooms. */
export interface Room<Given, Door> extends StoredData {
  open(ground: Ground, given: Given): Promise<OpenRoom<Door>> | OpenRoom<Door>
}

export interface OpenRoom<Door = unknown> {
  door: Door
  /** Parts of the database that it keeps in memory. */
  follows: readonly Follower[]
  /** Asked for when every room is open. */
  routes(): readonly (RouteTable | WholeTable)[]
  /** Puts on the server what no table describes: protocol endpoints, pages. `tables` are those of every room. */
  mount(app: FastifyInstance, perform: Perform, tables: readonly RouteTable[]): Promise<void> | void
  jobs: readonly Job[]
  /** Deletes what its tables keep no longer; hourly, with all other rooms in one transaction. */
  trim(tx: Transaction, now: number): Promise<void>
  /** What it holds of a subject, for universal logout; undefined for a room that holds nothing. */
  holds: Holder | undefined
  /** After everything it follows was loaded. */
  start(): Promise<void>
  /** Ends what would never end by itself, such as streams, before the server waits for open requests. */
  drain(): void
  /** Ends what is still under way when the server has waited long enough for it. */
  cutOff(): Promise<void>
  /** Before the database is closed. */
  stop(): Promise<void>
}

export interface Job {
  name: string
  /** Seconds between two runs, or a cron expression (UTC); undefined for a job that is enqueued. */
  every: number | string | undefined
  handler: Handler
}

/** Whose sessions, tokens, approvals and calls are to be ended. */
export interface LogoutSubject {
  type: LogoutSubjectType
  id: string
}

export interface Holder {
  /** Whether the room has such a subject. */
  knows(subject: LogoutSubject): boolean | Promise<boolean>
  /** Ends, in the transaction that revokes the subject, what the room holds of it. */
  end(tx: Transaction, subject: LogoutSubject & { reason: string }): Promise<EndedHere>
  /** For a room whose subjects can be put on hold; undefined where this one is not the room's. */
  hold?(tx: Transaction, subject: LogoutSubject & { reason: string; at: Date }): Promise<Held | undefined>
}

/** Nothing new is issued to the subject, or for it, until it is released. */
export interface Held {
  /** The call that releases it, such as `POST /api/v1/agents/{id}/activate`; null where nothing does. */
  release: string | null
}

export interface EndedHere {
  /** What ends with the commit. */
  ended: readonly EndedCount[]
  /** Ends what is under way on this replica; called after the commit. */
  underWay?(): readonly EndedCount[]
  /** What stands at other systems. A job of the room repeats what a crash interrupted. */
  elsewhere?: {
    system: string
    count: number
    /** Ends it there; called after the commit. */
    finish(): Promise<readonly LogoutTarget[]>
  }
}

export interface EndedCount {
  /** As the answer names it: `sessions`, `grants`, `approvals`. */
  system: string
  count: number
  detail?: string
}

/** For rooms where a part has nothing to do. */
export const nothing = async (): Promise<void> => undefined
