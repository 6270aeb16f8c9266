// A retriever for LlamaIndex TS: what comes back is what the principal, and who else will read it, may see.
import type { QueryBundle } from '@llamaindex/core/query-engine'
import { BaseRetriever } from '@llamaindex/core/retriever'
import type { NodeWithScore } from '@llamaindex/core/schema'
import type { Engine } from './engine.ts'
import { type Retrieval, retrieve } from './retrieve.ts'

type Given = Omit<Retrieval<NodeWithScore>, 'search' | 'keyOf'> & {
  engine: Engine
  /** Ranked nodes from `offset` on. */
  search(query: QueryBundle['query'], page: { offset: number; limit: number }): Promise<readonly NodeWithScore[]>
}

export class MandateRetriever extends BaseRetriever {
  readonly #given: Given

  constructor(given: Given) {
    super()
    this.#given = given
  }

  override async _retrieve({ query }: QueryBundle): Promise<NodeWithScore[]> {
    const { engine, search, ...given } = this.#given
    const keyOf = ({ node }: NodeWithScore) => node.id_
    const { results } = await retrieve(engine, { ...given, keyOf, search: (page) => search(query, page) })
    return results
  }
}
