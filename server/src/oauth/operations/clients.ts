// Registering applications that people sign in to, and services.
import { randomBytes } from 'node:crypto'
import {
  Client,
  CreatedClient,
  NewClient,
  type NewClient as NewClientBody,
  PageQuery,
  page,
  pageOf,
} from '@mandate/contract'
import { z } from 'zod'
import type { Agents } from '../../agents/index.ts'
import { newId } from '../../kernel/ids.ts'
import { invalid, Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { revoke } from '../../platform/changes/index.ts'
import { secretHash } from '../clients.ts'
import { type ClientRecord, deleteClient, insertClient, listClients } from '../store.ts'

const DEFAULT_GRANTS = {
  web: ['authorization_code', 'refresh_token'],
  native: ['authorization_code', 'refresh_token'],
  spa: ['authorization_code', 'refresh_token'],
  service: ['client_credentials'],
} as const

export const createClient = ({ agents }: { agents: Agents }) =>
  operation({
    id: 'oauth.create-client',
    summary: 'Register an application that people sign in to, or a service.',
    audit: 'act',
    shownOnce: true,
    input: NewClient,
    output: CreatedClient,
    asks: () => [{ action: 'create', resource: 'clients' }],
    async run({ tx, now }, body) {
      const client = clientFrom(body, now)
      if (body.may_act !== undefined && !agents.agent(body.may_act)) throw invalid('may_act', 'is not a known agent')
      const confidential = body.type === 'web' || body.type === 'service'
      const secret = confidential ? `mdt_${randomBytes(32).toString('base64url')}` : undefined
      const row = await insertClient(tx, { ...client, secret_hash: secret === undefined ? null : secretHash(secret) })
      return { ...clientBody(row), ...(secret !== undefined && { client_secret: secret }) }
    },
  })

function clientFrom(body: z.output<typeof NewClientBody>, now: number): Omit<ClientRecord, 'secret_hash'> {
  const grants: readonly string[] = body.grant_types ?? DEFAULT_GRANTS[body.type]
  const signsIn = grants.includes('authorization_code')
  if (signsIn && body.redirect_uris.length === 0) throw invalid('redirect_uris', 'is required for people to sign in')
  if (body.type === 'service' && signsIn) throw invalid('grant_types', 'a service has no people to sign in')
  if (body.type !== 'service' && grants.includes('client_credentials'))
    throw invalid('grant_types', 'client_credentials is for services')
  if (body.type !== 'service' && Object.keys(body.access).length > 0) throw invalid('access', 'is for services')
  if (Object.hasOwn(body.access, '*')) throw invalid('access', 'must name each audience')
  if (grants.includes('refresh_token') && !signsIn)
    throw invalid('grant_types', 'refresh_token needs authorization_code')
  return {
    id: newId('client', now),
    name: body.name,
    type: body.type,
    redirect_uris: body.redirect_uris,
    grant_types: [...grants],
    profile: null,
    may_act: body.may_act ?? null,
    access: body.access,
  }
}

type Row = Awaited<ReturnType<typeof insertClient>>

const clientBody = ({ id, secret_hash: _, profile: __, created_at, ...client }: Row) => ({
  client_id: id,
  ...client,
  created_at: created_at.toISOString(),
})

export const readClients = operation({
  id: 'oauth.list-clients',
  summary: 'List applications and services.',
  audit: 'read',
  input: PageQuery,
  output: pageOf(Client),
  asks: () => [{ action: 'read', resource: 'clients' }],
  async run({ tx }, { limit, cursor }) {
    const { items, next_cursor } = page(await listClients(tx, { after: cursor, limit }), limit)
    return { items: items.map(clientBody), next_cursor }
  },
})

export const removeClient = operation({
  id: 'oauth.delete-client',
  summary: 'Remove an application or service and end what was issued to it.',
  audit: 'act',
  input: z.strictObject({ id: z.string().max(200) }),
  output: z.undefined(),
  asks: ({ id }) => [{ action: 'delete', resource: `client:${id}` }],
  async run({ tx }, { id }) {
    if (!(await deleteClient(tx, id))) throw new Problem('not_found')
    revoke(tx, id, 'client_deleted')
    return undefined
  },
})
