// Finds orders by the words in them, best match first: every customer's, as a system without end users does.
import type { Order } from './seed.ts'

export interface Match {
  order: Order
  /** Share of the asked words that were found, 0 to 1. */
  score: number
  snippet: string
}

const AROUND = 40

export function searchOrders(orders: Iterable<Order>, query: string): Match[] {
  const words = [...new Set(query.toLowerCase().split(/\s+/).filter(Boolean))]
  const matches: Match[] = []
  for (const order of orders) {
    const text = `${order.id} ${order.customer_id} ${order.text}`
    const lower = text.toLowerCase()
    const found = words.filter((word) => lower.includes(word))
    const first = found[0]
    if (first === undefined) continue
    const at = lower.indexOf(first)
    const snippet = text.slice(Math.max(0, at - AROUND), at + first.length + AROUND)
    matches.push({ order, score: found.length / words.length, snippet })
  }
  return matches.sort((left, right) => right.score - left.score || left.order.id.localeCompare(right.order.id))
}
