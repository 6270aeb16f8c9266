// Which credentials an agent has, and ending one.
import { AgentCredential, AgentCredentialId, AgentId, PageQuery, page, pageOf } from '@mandate/contract'
import { z } from 'zod'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { revoke } from '../../platform/changes/index.ts'
import { credentialBody } from '../bodies.ts'
import { findAgent, listCredentials, revokeCredentials } from '../store.ts'

export const readCredentials = operation({
  id: 'agents.list-credentials',
  summary: "List an agent's credentials, never their secrets.",
  audit: 'read',
  input: PageQuery.extend({ id: AgentId }),
  output: pageOf(AgentCredential),
  asks: () => [{ action: 'read', resource: 'agents' }],
  async run({ tx }, { id, limit, cursor }) {
    if (!(await findAgent(tx, id))) throw new Problem('not_found')
    const rows = await listCredentials(tx, id, { after: cursor, limit })
    return page(rows.map(credentialBody), limit)
  },
})

export const revokeCredential = operation({
  id: 'agents.revoke-credential',
  summary: 'End a credential at once.',
  audit: 'act',
  input: z.strictObject({ id: AgentId, credential: AgentCredentialId }),
  output: z.undefined(),
  asks: ({ id }) => [{ action: 'revoke-credential', resource: `agent:${id}` }],
  async run({ tx, now }, { id, credential }) {
    if ((await revokeCredentials(tx, { agent: id, credential, at: new Date(now) })) === 0)
      throw new Problem('not_found')
    // Tokens do not say which credential they came of, so all of the agent's die with it.
    revoke(tx, id, 'credential_revoked')
    return undefined
  },
})
