// Approvals of a server that is killed, on the embedded database.
import { killedApprovals } from './testing/killing.ts'

killedApprovals('approvals of a server killed on the embedded database', async () => ({
  settings: {},
  drop: async () => undefined,
}))
