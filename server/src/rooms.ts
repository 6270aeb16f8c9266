// The rooms, in the order in which their tables are made. compose.ts opens each of them; migrations, archives, retention
// and the next master key read this list.
import { accessRoom } from './access/index.ts'
import { agentsRoom } from './agents/index.ts'
import { approvalsRoom } from './approvals/index.ts'
import { auditRoom } from './audit/index.ts'
import { authenticationRoom } from './authentication/index.ts'
import { connectionsRoom } from './connections/index.ts'
import { directoryRoom } from './directory/index.ts'
import { gatewayRoom } from './gateway/index.ts'
import { oauthRoom } from './oauth/index.ts'
import { operatorRoom } from './operator/index.ts'
import { pagesRoom } from './pages/index.ts'
import { idempotencyData } from './pipeline/index.ts'
import { changesData } from './platform/changes/index.ts'
import { sealingData } from './platform/sealing/index.ts'
import type { StoredData } from './platform/stored-data.ts'
import { relationshipsRoom } from './relationships/index.ts'
import { tokenVaultRoom } from './token-vault/index.ts'
import { logoutRoom } from './universal-logout/index.ts'

export const ROOMS = {
  directory: directoryRoom,
  authentication: authenticationRoom,
  agents: agentsRoom,
  connections: connectionsRoom,
  approvals: approvalsRoom,
  oauth: oauthRoom,
  relationships: relationshipsRoom,
  access: accessRoom,
  vault: tokenVaultRoom,
  gateway: gatewayRoom,
  logout: logoutRoom,
  pages: pagesRoom,
  operator: operatorRoom,
  // Last, also of what a restore ends: its first entry in the new epoch says that everything else was ended.
  audit: auditRoom,
}

/** Everything that has tables: the ground under the rooms, then the rooms. */
export const DATA: readonly StoredData[] = [changesData, idempotencyData, sealingData, ...Object.values(ROOMS)]
