// An agent gets a secret, shown this once, or registers the public keys it signs with.
import { AgentId, IssuedAgentCredential, NewAgentCredential } from '@mandate/contract'
import { invalid, Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { credentialBody } from '../bodies.ts'
import { publicKeys } from '../keys.ts'
import { expiryOf, MAX_USABLE_CREDENTIALS, newCredentialId } from '../model.ts'
import { hashSecret, newSecret } from '../secrets.ts'
import { insertCredential, lockAgent, usableCredentials } from '../store.ts'

export const issueCredential = operation({
  id: 'agents.issue-credential',
  summary: 'Give an agent a credential; a secret is shown once.',
  audit: 'act',
  shownOnce: true,
  input: NewAgentCredential.extend({ id: AgentId }),
  output: IssuedAgentCredential,
  asks: ({ id }) => [{ action: 'issue-credential', resource: `agent:${id}` }],
  prepare({ now }, { type, jwks, expires_at }) {
    const expiresAt = new Date(expiryOf(expires_at, now))
    if (type === 'client_secret') {
      if (jwks) throw invalid('jwks', 'goes with type private_key_jwt only')
      return { expiresAt, secret: newSecret() }
    }
    if (!jwks) throw invalid('jwks', 'must be given for type private_key_jwt')
    return { expiresAt, jwks: { keys: publicKeys(jwks.keys) } }
  },
  async run({ tx, now, prepared: { expiresAt, secret, jwks } }, { id, type }) {
    const agent = await lockAgent(tx, id)
    if (!agent) throw new Problem('not_found')
    if (agent.status === 'retired') throw new Problem('conflict', { detail: 'The agent is retired.' })
    if ((await usableCredentials(tx, id, new Date(now))).length >= MAX_USABLE_CREDENTIALS)
      throw new Problem('conflict', { detail: 'Two credentials are usable already; revoke one first.' })
    const row = await insertCredential(tx, {
      id: newCredentialId(now),
      agent_id: id,
      type,
      secret_hash: secret === undefined ? null : hashSecret(secret),
      jwks: jwks ?? null,
      expires_at: expiresAt,
    })
    return { ...credentialBody(row), ...(secret !== undefined && { client_secret: secret }) }
  },
})
