// Starts the document server over one index, and says where it is and what opens it.
import { once } from 'node:events'
import { createKnowledgeApi } from './http-api.ts'
import { openIndex } from './index-of-passages.ts'
import { createKnowledgeMcp } from './mcp-server.ts'

const { PORT_HTTP = '4301', PORT_MCP = '4302', KNOWLEDGE_KEY = 'demo-knowledge-key' } = process.env
const index = await openIndex()
const api = createKnowledgeApi({ index, apiKey: KNOWLEDGE_KEY }).listen(Number(PORT_HTTP), '127.0.0.1')
const mcp = createKnowledgeMcp({ index, token: KNOWLEDGE_KEY }).listen(Number(PORT_MCP), '127.0.0.1')
await Promise.all([once(api, 'listening'), once(mcp, 'listening')])

// Before the first line is printed: whoever reads it may stop us at once.
let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  for (const server of [api, mcp]) {
    server.close()
    server.closeAllConnections()
  }
  await index.close()
  process.exit(0)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)

const shown = process.env.KNOWLEDGE_KEY ? '(yours)' : KNOWLEDGE_KEY
console.log(`knowledge API  http://127.0.0.1:${PORT_HTTP}      X-Api-Key: ${shown}`)
console.log(`knowledge MCP  http://127.0.0.1:${PORT_MCP}/mcp  Bearer ${shown}`)
