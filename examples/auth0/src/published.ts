// The packages as Auth0 publishes them. Their ES modules name files without extensions, which Node does not read, so the
// CommonJS builds are loaded; what is used of them is typed here.
import { createRequire } from 'node:module'

export interface Query {
  user: string
  relation: string
  object: string
  context?: Record<string, unknown>
}

/** A document as LangChain has it. */
export interface Found {
  pageContent: string
  metadata: Record<string, unknown>
}

interface Filtering {
  buildQuery(document: Found): Query
}

interface Auth0Ai {
  FGAFilter: { create(given: Filtering): { filter(documents: Found[]): Promise<Found[]> } }
}

interface Auth0AiFga {
  FGAAuthorizerBase: new (
    client: undefined,
    options: { buildQuery(document: string): Promise<Query> },
  ) => { protect(execute: (document: string) => Promise<string>): (document: string) => Promise<string> }
}

interface Auth0AiRag {
  FGARetriever: {
    create(given: Filtering & { retriever: object }): {
      invoke(question: string): Promise<Found[]>
      asJoinedStringTool(): { invoke(input: { query: string }): Promise<string> }
    }
  }
}

const require = createRequire(import.meta.url)

export const { FGAFilter } = require('@auth0/ai') as Auth0Ai
export const { FGAAuthorizerBase } = require('@auth0/ai/FGA') as Auth0AiFga
export const { FGARetriever } = require('@auth0/ai-langchain/RAG') as Auth0AiRag
