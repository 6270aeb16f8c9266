// The orders book as MCP tools, each answering twice: structured content, and the same as text.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { ORDER_STATUSES, type OrdersBook } from './data.ts'
import { Refusal } from './refusal.ts'

const Status = z.enum(ORDER_STATUSES)

const OrderShape = z.object({
  id: z.string(),
  customer_id: z.string(),
  items: z.array(z.object({ sku: z.string(), name: z.string(), quantity: z.int(), unit_price: z.int() })),
  total: z.int().describe('Minor units of the currency'),
  refunded: z.int().describe('Minor units already paid back'),
  currency: z.string(),
  status: Status,
  placed_at: z.string(),
  shipping_note: z.string(),
  text: z.string(),
})

interface Extra {
  requestInfo?: { headers: Record<string, string | string[] | undefined> }
}

/** One server per session: the SDK ties a server to a single transport. */
export function createOrdersTools(book: OrdersBook): McpServer {
  const server = new McpServer({ name: 'orders', version: '1.4.0' })

  server.registerTool(
    'list_orders',
    {
      description: 'Orders, oldest first, optionally of one status',
      inputSchema: { status: Status.optional(), limit: z.int().min(1).max(1_000).optional() },
      outputSchema: { orders: z.array(OrderShape), total: z.int() },
      annotations: { readOnlyHint: true },
    },
    ({ status, limit = 20 }) =>
      answer(() => {
        const orders = book.orders({ status })
        return { orders: orders.slice(0, limit), total: orders.length }
      }),
  )

  server.registerTool(
    'get_order',
    {
      description: 'One order by its id',
      inputSchema: { order_id: z.string() },
      outputSchema: OrderShape.shape,
      annotations: { readOnlyHint: true },
    },
    ({ order_id }) => answer(() => ({ ...book.order(order_id) })),
  )

  server.registerTool(
    'search_orders',
    {
      description: 'Orders whose text holds the words of the query, the twenty best',
      inputSchema: { query: z.string().trim().min(1) },
      outputSchema: {
        query: z.string(),
        matches: z.array(z.object({ order: OrderShape, score: z.number(), snippet: z.string() })),
        total: z.int(),
      },
      annotations: { readOnlyHint: true },
    },
    ({ query }) =>
      answer(() => {
        const matches = book.search(query)
        return { query, matches: matches.slice(0, 20), total: matches.length }
      }),
  )

  server.registerTool(
    'refund_order',
    {
      description: 'Pays back part or all of an order; amount in minor units',
      inputSchema: {
        order_id: z.string(),
        amount: z.int().positive(),
        currency: z.string().optional(),
        payee: z.string().optional(),
        reason: z.string().min(1).max(500),
      },
      outputSchema: { refund_id: z.string(), order_id: z.string(), amount: z.int() },
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false },
    },
    (change, extra) => answer(() => ({ ...book.refund({ ...change, request_id: requestId(extra) }) })),
  )

  server.registerTool(
    'close_account',
    {
      description: "Closes a customer's account for good",
      inputSchema: { customer_id: z.string() },
      outputSchema: { customer_id: z.string(), status: z.literal('closed'), closed_at: z.string() },
      annotations: { readOnlyHint: false, destructiveHint: true },
    },
    ({ customer_id }, extra) =>
      answer(() => {
        const { status, closed_at } = book.closeAccount({ customer_id, request_id: requestId(extra) })
        return { customer_id, status, closed_at }
      }),
  )

  return server
}

function answer(run: () => Record<string, unknown>): CallToolResult {
  try {
    const structuredContent = run()
    return { structuredContent, content: [{ type: 'text', text: JSON.stringify(structuredContent) }] }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { isError: true, content: [{ type: 'text', text: error.message }] }
  }
}

function requestId({ requestInfo }: Extra): string | null {
  return requestInfo?.headers['x-request-id']?.toString() ?? null
}
