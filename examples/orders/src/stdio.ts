// The orders tools as a child process: the credential comes in the environment, and without one it will not start.
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { createOrdersBook } from './data.ts'
import { createOrdersTools } from './tools.ts'

if (!process.env.ORDERS_API_KEY) {
  process.stderr.write('orders: ORDERS_API_KEY is not set\n')
  process.exit(1)
}
const book = createOrdersBook({ ledgerFile: process.env.ORDERS_LEDGER })
await createOrdersTools(book).connect(new StdioServerTransport())
