// What the room stands on.
import type { Agents } from '../agents/index.ts'
import type { People } from '../directory/index.ts'
import type { ApprovalId } from '../kernel/ids.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Revocations } from '../platform/changes/index.ts'
import type { Database, Transaction } from '../platform/database/index.ts'
import type { Sealing } from '../platform/sealing/index.ts'
import type { Watching } from './watching.ts'

export interface ApprovalGround {
  issuer: string
  database: Database
  sealing: Sealing
  people: People
  agents: Agents
  revocations: Revocations
  watching: Watching
  /** Has those who may answer told of it; within the transaction that made the request. */
  announce(tx: Transaction, id: ApprovalId): Promise<void>
  /** Whether the caller's role or scopes let it see every request. */
  seesAll(principal: Principal): boolean
  now(): number
}

export const placeOf = (id: ApprovalId, column: 'sealed' | 'summary') => ({ table: 'approvals', id, column })
