// The code of docs/guide/filter-at-retrieval.md, as it runs in guide.test.ts.
import type { Document } from '@langchain/core/documents'
import {
  accessTokens,
  clientCredentials,
  createGrants,
  type Engine,
  engine,
  grantsCondition,
  inPool,
  type Metrics,
  metadataFilters,
  nearest,
  type Principal,
  principal,
  retrieve,
  rowSecurity,
  searchEach,
  setReaders,
  syncGrants,
  visibleIds,
  withoutFields,
} from '@mandate/sdk'
import { MandateRetriever, rankedBy } from '@mandate/sdk/langchain'

export interface Settings {
  issuer: string
  store: string
  clientId: string
  clientSecret: string
  audience: string
}

export function open({ issuer, store, clientId, clientSecret, audience }: Settings) {
  const asking = engine({
    url: `${issuer}/fga`,
    store,
    token: clientCredentials({ issuer, clientId, clientSecret }),
  })
  const principalOf = accessTokens({ issuer, audience })
  return { asking, principalOf }
}

interface Passage {
  document: string
  text: string
}
type Index = (query: string, page: { offset: number; limit: number }) => Promise<Passage[]>

export async function afterSearch(asking: Engine, who: Principal, index: Index, query: string) {
  const counts: Metrics[] = []
  const { results, exhausted } = await retrieve(asking, {
    principal: who,
    type: 'document',
    relation: 'viewer',
    k: 5,
    idOf: (passage: Passage) => passage.document,
    search: (page) => index(query, page),
    observe: (metrics) => counts.push(metrics),
  })
  return { results, exhausted, counts }
}

export async function forAChannel(asking: Engine, who: Principal) {
  const read = { type: 'document', relation: 'viewer', principal: who }
  const forChannel = await visibleIds(asking, { ...read, audience: { userset: 'channel:acme#member' } })
  const forTwo = await visibleIds(asking, { ...read, audience: [principal({ user: 'usr_someone' })] })
  return { forChannel, forTwo }
}

interface VectorStore {
  search(filter: object, k: number): Promise<{ document: string; distance: number }[]>
}

export async function inAVectorStore(asking: Engine, who: Principal, store: VectorStore) {
  const { ids } = await visibleIds(asking, { principal: who, type: 'document', relation: 'viewer' })
  return searchEach(metadataFilters(ids, { field: 'document' }), {
    search: (filter, k) => store.search(filter, k),
    k: 5,
    idOf: ({ document }) => document,
    scoreOf: ({ distance }) => distance,
    best: 'lowest',
  })
}

export async function keepGrants(asking: Engine, pool: Parameters<typeof inPool>[0]) {
  const database = inPool(pool)
  await createGrants(database)
  return syncGrants({ engine: asking, database, follow: [{ type: 'document', relation: 'viewer' }] })
}

export async function nearestInPostgres(asking: Engine, who: Principal, vector: number[]) {
  const where = await grantsCondition(asking, {
    principal: who,
    type: 'document',
    relation: 'viewer',
    column: 'document',
    maxAgeSeconds: 30,
  })
  return nearest({ table: 'passages', columns: ['document', 'text'], embedding: 'embedding', vector, where, limit: 5 })
}

export async function byRowSecurity(asking: Engine, who: Principal) {
  const once = rowSecurity({
    table: 'passages',
    column: 'document',
    type: 'document',
    relation: 'viewer',
    maxAgeSeconds: 30,
  })
  const inEachTransaction = await setReaders(asking, { principal: who })
  return { once, inEachTransaction }
}

export async function prices(
  asking: Engine,
  who: Principal,
  records: { document: string; executive_discount: number }[],
) {
  return withoutFields(asking, {
    principal: who,
    records,
    idOf: ({ document }) => document,
    declared: {
      type: 'document',
      fields: { executive_discount: { relation: 'discounter', otherwise: 'mask' } },
    },
  })
}

export function inLangChain(
  asking: Engine,
  who: Principal,
  vectorStore: { similaritySearch(query: string, k: number): Promise<Document[]> },
) {
  return new MandateRetriever({
    engine: asking,
    principal: who,
    type: 'document',
    relation: 'viewer',
    k: 5,
    idOf: ({ metadata }) => String(metadata.document),
    search: rankedBy(vectorStore),
  })
}
