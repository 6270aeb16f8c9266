// APIs that agents call with our tokens.
import { NewResource, PageQuery, page, pageOf, Resource, ResourceId } from '@mandate/contract'
import { z } from 'zod'
import { newId } from '../../kernel/ids.ts'
import { invalid, Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { ownAudienceRule } from '../audience-rule.ts'
import { resourceBody } from '../bodies.ts'
import { findResource, insertResource, listResources } from '../store.ts'

export const createResource = (issuer: string) =>
  operation({
    id: 'connections.create-resource',
    summary: 'Register an API that agents call with our tokens.',
    audit: 'act',
    input: NewResource,
    output: Resource,
    asks: () => [{ action: 'create', resource: 'resources' }],
    async run({ tx, now }, { agent = null, ...resource }) {
      const rule = ownAudienceRule(resource.identifier, issuer)
      if (rule !== undefined) throw invalid('identifier', rule)
      const row = await insertResource(tx, { id: newId('resource', now), ...resource, agent })
      if (!row)
        throw new Problem('conflict', {
          detail: 'identifier: a resource with this identifier exists',
          errors: [{ field: 'identifier', rule: 'a resource with this identifier exists' }],
        })
      return resourceBody(row)
    },
  })

export const readResources = operation({
  id: 'connections.list-resources',
  summary: 'List resources.',
  audit: 'read',
  input: PageQuery,
  output: pageOf(Resource),
  asks: () => [{ action: 'read', resource: 'resources' }],
  async run({ tx }, { limit, cursor }) {
    const rows = await listResources(tx, { after: cursor, limit })
    return page(rows.map(resourceBody), limit)
  },
})

export const readResource = operation({
  id: 'connections.get-resource',
  summary: 'Read one resource.',
  audit: 'read',
  input: z.strictObject({ id: ResourceId }),
  output: Resource,
  asks: () => [{ action: 'read', resource: 'resources' }],
  async run({ tx }, { id }) {
    const row = await findResource(tx, id)
    if (!row) throw new Problem('not_found')
    return resourceBody(row)
  },
})
