// What the rooms contribute to archives: what is sealed, what is only transient, and what a restore ends.
import { approvalsSealed, endApprovalsOfBefore } from './approvals/index.ts'
import { auditSealed, beginEpoch, type Restored } from './audit/index.ts'
import { authenticationTransient, endSignIns } from './authentication/index.ts'
import { MIGRATIONS } from './compose.ts'
import { platformMigrations } from './ground.ts'
import { endIssued, oauthSealed, oauthTransient } from './oauth/index.ts'
import { pipelineTransient } from './pipeline/index.ts'
import type { LeftOut } from './platform/archive/index.ts'
import { changesTransient, forgetReplicas } from './platform/changes/index.ts'
import { type Migration, readMigrations, type Transaction } from './platform/database/index.ts'
import type { SealedColumn } from './platform/sealing/index.ts'
import { endAccountsOfBefore, endEveryAttempt, tokenVaultSealed } from './token-vault/index.ts'

export const migrations = (): Migration[] => readMigrations([...platformMigrations, ...MIGRATIONS])

/** Columns of sealed values: the master keys they name must be there before an archive is taken. */
export const SEALED: readonly SealedColumn[] = [...tokenVaultSealed, ...oauthSealed, ...auditSealed, ...approvalsSealed]

/** Not in an export: it only matters to the house that is running. */
export const TRANSIENT: readonly LeftOut[] = [
  ...changesTransient,
  ...pipelineTransient,
  ...authenticationTransient,
  ...oauthTransient,
]

// A restore must bring back nothing that was ended or used since. Each room ends what is its own; keys of idempotency
// stay, because they keep acts from being done twice. The log comes last: it tells of it.
const ENDINGS: readonly ((tx: Transaction, restored: Restored) => Promise<void>)[] = [
  forgetReplicas,
  endSignIns,
  endIssued,
  endApprovalsOfBefore,
  endAccountsOfBefore,
  endEveryAttempt,
  beginEpoch,
]

/** A new epoch, inside the transaction that loaded the archive. */
export async function startEpoch(tx: Transaction, restored: Restored): Promise<void> {
  for (const end of ENDINGS) await end(tx, restored)
}
