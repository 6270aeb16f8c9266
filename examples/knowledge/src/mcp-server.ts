// The same search as a tool of MCP, whose result holds each passage as one content item with the name of its document.
import { createServer, type Server } from 'node:http'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { z } from 'zod'
import type { PassageIndex } from './index-of-passages.ts'

const inputSchema = { query: z.string(), limit: z.int().min(1).max(200).default(20) }

function tools(index: PassageIndex): McpServer {
  const server = new McpServer({ name: 'knowledge', version: '1.0.0' })
  server.registerTool(
    'search_passages',
    { description: 'Passages of documents, the nearest first', inputSchema, annotations: { readOnlyHint: true } },
    async ({ query, limit }) => {
      const found = await index.search(query, { offset: 0, limit })
      return { content: found.map(({ text, document, id }) => ({ type: 'text', text, _meta: { document, id } })) }
    },
  )
  return server
}

/** Serves `/mcp` without sessions of its own: each request stands alone. */
export function createKnowledgeMcp({ index, token }: { index: PassageIndex; token: string }): Server {
  return createServer(async (request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) return void response.writeHead(401).end()
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true })
    const server = tools(index)
    response.once('close', () => void server.close())
    await server.connect(transport)
    await transport.handleRequest(request, response)
  })
}
