// When a change is in force everywhere: each replica that may still grant has applied it, or may grant no longer.
import { setTimeout as after } from 'node:timers/promises'
import type { Clock } from '../../kernel/clock.ts'
import type { Connection, Database } from '../database/index.ts'
import type { Tail } from './tail.ts'

const LOOK_EVERY_MS = 20
const LOCK_NOT_AVAILABLE = '55P03'

export interface ReplicaState {
  id: string
  /** What it has acknowledged. */
  position: number
  /** `lapsed`: not there yet, but its lease ended, and with it the right to grant. */
  state: 'acknowledged' | 'lapsed' | 'waiting'
}

export interface Confirmation {
  /** No replica is `waiting`. */
  confirmed: boolean
  replicas: ReplicaState[]
}

export interface ConfirmationOptions {
  database: Database
  /** This replica's own tail; on an embedded database the only one. */
  tail: Tail
  /** A committed position. */
  position: number
  timeoutMs: number
  clock: Clock
}

/** Resolves when `position` is in force on every replica, or after `timeoutMs` with those still waited for. */
export async function confirmed({ database, tail, ...wanted }: ConfirmationOptions): Promise<Confirmation> {
  if (database.kind === 'shared') {
    tail.poke()
    return confirmedByAll(database, wanted)
  }
  const reached = await tail.reached(wanted.position, wanted.timeoutMs)
  const state = reached ? 'acknowledged' : 'waiting'
  return { confirmed: reached, replicas: [{ id: tail.replica, position: tail.position, state }] }
}

type Wanted = Omit<ConfirmationOptions, 'database' | 'tail'>

async function confirmedByAll(database: Database, { position, timeoutMs, clock }: Wanted): Promise<Confirmation> {
  const until = clock.elapsed() + timeoutMs
  let fenced = false
  for (let looks = Math.ceil(timeoutMs / LOOK_EVERY_MS); ; looks--) {
    const seen: ReplicaState[] | undefined = fenced
      ? await database.connected((connection) => look(connection, position))
      : await database.connected((connection) => fencedLook(connection, position))
    fenced ||= seen !== undefined
    const replicas = seen ?? []
    const all = fenced && replicas.every(({ state }) => state !== 'waiting')
    if (all || looks <= 0 || clock.elapsed() >= until) return { confirmed: all, replicas }
    await after(LOOK_EVERY_MS, undefined, { ref: false })
  }
}

async function look(connection: Connection, position: number): Promise<ReplicaState[]> {
  const { rows } = await connection.query(
    `select id, position, case when position >= $1 then 'acknowledged'
       when lease_until <= clock_timestamp() then 'lapsed' else 'waiting' end as state
     from replicas order by id`,
    [position],
  )
  return rows as unknown as ReplicaState[]
}

// A heartbeat under way may have read the log before `position` was committed and still be about to commit its lease,
// unseen by us. The lock waits for all such; heartbeats after it see `position`. Undefined when it was not had in time.
async function fencedLook(connection: Connection, position: number): Promise<ReplicaState[] | undefined> {
  await connection.script(`begin; set local lock_timeout = '${LOOK_EVERY_MS}ms'`)
  try {
    await connection.query('lock table replicas in share mode')
    const replicas = await look(connection, position)
    await connection.query('commit')
    return replicas
  } catch (error) {
    await connection.query('rollback').catch(() => {})
    if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) return undefined
    throw error
  }
}
