// The document server's HTTP API: one key opens everything, and it has never heard of end users.
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { PassageIndex } from './index-of-passages.ts'

export interface KnowledgeApi {
  index: PassageIndex
  apiKey: string
  /** Sees every request. */
  onRequest?: (seen: { path: string; headers: IncomingHttpHeaders }) => void
}

const LONGEST_PAGE = 200

/** `GET /passages/search?q=&offset=&limit=`. Not yet listening. */
export function createKnowledgeApi({ index, apiKey, onRequest }: KnowledgeApi): Server {
  return createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://knowledge')
    onRequest?.({ path: request.url ?? '/', headers: request.headers })
    if (request.headers['x-api-key'] !== apiKey) return answer(response, 401, { error: 'a key is required' })
    if (pathname !== '/passages/search') return answer(response, 404, { error: 'not found' })
    const found = await index.search(searchParams.get('q') ?? '', pageOf(searchParams))
    const documents = Object.groupBy(found, ({ document }) => document)
    answer(response, 200, {
      passages: found,
      total: index.count,
      // What search servers say beside their hits, and what would tell of those that are taken out.
      facets: Object.fromEntries(Object.entries(documents).map(([name, of]) => [name, of?.length])),
      best: found[0]?.text,
      next_offset: found.length,
    })
  })
}

function pageOf(given: URLSearchParams): { offset: number; limit: number } {
  const number = (name: string, otherwise: number) => Math.trunc(Number(given.get(name) ?? otherwise)) || otherwise
  return {
    offset: Math.max(number('offset', 0), 0),
    limit: Math.min(Math.max(number('limit', 20), 1), LONGEST_PAGE),
  }
}

const answer = (response: ServerResponse, status: number, body: object): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
