// An application written for Auth0 FGA, told by FGA_* where that is. A line in asks what a user may see of some documents;
// a line out says which those are. It stays up, as such applications do, with whatever the packages keep.
import { createInterface } from 'node:readline'
import { BaseRetriever } from '@langchain/core/retrievers'
import { FGAAuthorizerBase, FGAFilter, FGARetriever, type Found, type Query } from './published.ts'

interface Asked {
  by: 'filter' | 'retriever' | 'tool' | 'authorizer'
  user: string
  relation?: string
  documents: string[]
  context?: Record<string, unknown>
}

let asked: Asked = { by: 'filter', user: '', documents: [] }

const queryOf = (object: string): Query => ({
  ...{ user: asked.user, relation: asked.relation ?? 'viewer', object },
  ...(asked.context && { context: asked.context }),
})
const buildQuery = ({ metadata }: Found): Query => queryOf(String(metadata.document))
const found = (): Found[] => asked.documents.map((document) => ({ pageContent: document, metadata: { document } }))
const namesOf = (documents: Found[]): string[] => documents.map(({ pageContent }) => pageContent)

/** Finds everything, whatever the question. */
class Everything extends BaseRetriever {
  lc_namespace = ['example']

  override async _getRelevantDocuments() {
    return found()
  }
}

const filter = FGAFilter.create({ buildQuery })
const retriever = FGARetriever.create({ buildQuery, retriever: new Everything() })
const tool = retriever.asJoinedStringTool()
const open = new FGAAuthorizerBase(undefined, { buildQuery: async (document) => queryOf(document) }).protect(
  async (document) => document,
)

const ASKING: Record<Asked['by'], () => Promise<string[]>> = {
  filter: async () => namesOf(await filter.filter(found())),
  retriever: async () => namesOf(await retriever.invoke('everything')),
  tool: async () => (await tool.invoke({ query: 'everything' })).split('\n\n').filter((text) => text !== ''),
  authorizer: () => Promise.all(asked.documents.map((document) => open(document))),
}

for await (const line of createInterface({ input: process.stdin })) {
  asked = JSON.parse(line) as Asked
  const answer = await ASKING[asked.by]().then(
    (seen) => ({ seen }),
    (error: Error & { statusCode?: number; apiErrorCode?: string }) => ({
      failed: { name: error.name, status: error.statusCode, code: error.apiErrorCode, message: error.message },
    }),
  )
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
