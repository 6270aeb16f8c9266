// A retriever for LangChain JS: what comes back is what the principal, and who else will read it, may see.
import type { Document } from '@langchain/core/documents'
import { BaseRetriever, type BaseRetrieverInput } from '@langchain/core/retrievers'
import type { Engine } from './engine.ts'
import { type Retrieval, retrieve } from './retrieve.ts'

type Given = Omit<Retrieval<Document>, 'search' | 'keyOf'> & {
  engine: Engine
  /** Ranked documents from `offset` on; see `rankedBy` for vector stores, which have no offset. */
  search(query: string, page: { offset: number; limit: number }): Promise<readonly Document[]>
}

export class MandateRetriever extends BaseRetriever {
  static override lc_name(): string {
    return 'MandateRetriever'
  }
  override lc_namespace = ['mandate', 'retrievers']
  readonly #given: Given

  constructor(given: Given & BaseRetrieverInput) {
    // Not what is ours: chains are written into traces.
    const { callbacks, tags, metadata, verbose } = given
    super({ callbacks, tags, metadata, verbose })
    this.#given = given
  }

  override async _getRelevantDocuments(query: string): Promise<Document[]> {
    const { engine, search, ...given } = this.#given
    // A store that is asked for more may rank anew: what moved down a page would come twice.
    const keyOf = ({ id, pageContent, metadata }: Document) => id ?? JSON.stringify([pageContent, metadata])
    const { results } = await retrieve(engine, { ...given, keyOf, search: (page) => search(query, page) })
    return results
  }
}

/** The search of a vector store that only knows how many: it is asked for all up to the page's end. */
export const rankedBy =
  (store: { similaritySearch(query: string, k: number): Promise<Document[]> }): Given['search'] =>
  async (query, { offset, limit }) =>
    (await store.similaritySearch(query, offset + limit)).slice(offset)
