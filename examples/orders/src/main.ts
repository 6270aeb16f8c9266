// Starts the orders API and its MCP server over one book, and says where they are and what opens them.
import { createOrdersBook } from './data.ts'
import { createOrdersApi } from './http-api.ts'
import { listen } from './listening.ts'
import { createOrdersMcp } from './mcp-server.ts'

const { PORT_HTTP = '4101', PORT_MCP = '4102', ORDERS_LEDGER, ...given } = process.env
const apiKey = given.ORDERS_API_KEY || 'demo-orders-key'
const user = given.ORDERS_MCP_USER || 'demo'
const password = given.ORDERS_MCP_PASSWORD || 'demo-orders-password'

const book = createOrdersBook({ ledgerFile: ORDERS_LEDGER })
const api = await listen(createOrdersApi({ book, apiKey }), Number(PORT_HTTP))
const mcp = await listen(createOrdersMcp({ book, user, password }), Number(PORT_MCP))

// Before the first line is printed: whoever reads it may stop us at once.
let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  await Promise.all([api.close(), mcp.close()])
  book.close()
  process.exit(0)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)

// Credentials of one's own choosing are not for the terminal; those of the demo are.
console.log(`orders API  ${api.url}      X-Api-Key: ${given.ORDERS_API_KEY ? '(yours)' : apiKey}`)
console.log(`orders MCP  ${mcp.url}/mcp  Basic ${given.ORDERS_MCP_PASSWORD ? '(yours)' : `${user} / ${password}`}`)
if (ORDERS_LEDGER) console.log(`changes are written to ${ORDERS_LEDGER}`)
