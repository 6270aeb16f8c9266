// Rows as the outside sees them: of a credential only whether there is one.
import type { ConnectionRow, ResourceRow } from './store.ts'

export const resourceBody = ({ scopes, ...resource }: ResourceRow) => ({
  ...resource,
  scopes: scopes.list,
  created_at: resource.created_at.toISOString(),
})

export const connectionBody = ({ credential_version, ...connection }: ConnectionRow) => ({
  ...connection,
  read_out: false as const,
  has_credential: credential_version > 0,
  created_at: connection.created_at.toISOString(),
})
