// The orders book: who bought what, and the two changes a support desk makes, refunds and closed accounts.
import { type Ledger, type LedgerEntry, openLedger } from './ledger.ts'
import { Refusal } from './refusal.ts'
import { type Match, searchOrders } from './search.ts'
import { type Customer, type Order, type OrderStatus, seededCustomers, seededOrders } from './seed.ts'

export type { LedgerEntry } from './ledger.ts'
export type { Match } from './search.ts'
export type { Customer, Order, OrderStatus } from './seed.ts'

export const ORDER_STATUSES = ['pending', 'paid', 'shipped', 'delivered', 'cancelled', 'refunded'] as const

export interface Refund {
  refund_id: string
  order_id: string
  amount: number
}

export interface RefundChange {
  order_id: string
  /** Minor units of the order's currency. */
  amount: number
  reason: string
  /** Checked against the order where they are given, so that nobody pays the wrong person or in the wrong money. */
  currency?: string
  payee?: string
  request_id: string | null
}

/** `request_id` is the `X-Request-Id` a change arrived with, null when it had none. */
export interface OrdersBook {
  orders(filter?: { status?: OrderStatus; customer_id?: string }): Order[]
  search(query: string): Match[]
  order(id: string): Order
  customer(id: string): Customer
  refund(change: RefundChange): Refund
  closeAccount(change: { customer_id: string; request_id: string | null }): Customer
  /** Every change so far, those of earlier runs on the same ledger file included. */
  changes(): readonly LedgerEntry[]
  close(): void
}

const REFUNDABLE: readonly OrderStatus[] = ['paid', 'shipped', 'delivered']

export function createOrdersBook(settings: { ledgerFile?: string; now?: () => number } = {}): OrdersBook {
  const now = settings.now ?? Date.now
  const seeded = seededCustomers()
  const customers = new Map(seeded.map((customer) => [customer.id, customer]))
  const orders = new Map(seededOrders(seeded).map((order) => [order.id, order]))
  const ledger: Ledger | undefined = settings.ledgerFile ? openLedger(settings.ledgerFile) : undefined
  const changes: LedgerEntry[] = []
  for (const entry of ledger?.entries ?? []) apply(entry)

  function apply(entry: LedgerEntry): void {
    changes.push(entry)
    if (entry.kind === 'refund') {
      const order = findOrder(entry.order_id)
      order.refunded += entry.amount
      if (order.refunded === order.total) order.status = 'refunded'
    } else {
      Object.assign(findCustomer(entry.customer_id), { status: 'closed', closed_at: entry.at })
    }
  }

  // Disk first: a change nobody can find again after a crash must not have been answered.
  function commit(entry: LedgerEntry): void {
    ledger?.append(entry)
    apply(entry)
  }

  function findOrder(id: string): Order {
    return orders.get(id) ?? refuseOrder(id)
  }

  function findCustomer(id: string): Customer {
    const customer = customers.get(id)
    if (customer) return customer
    const near = seeded.filter((other) => other.id.startsWith(id.slice(0, 7))).slice(0, 3)
    const suggestions = near.map(({ id, name, email }) => ({ id, name, email }))
    const names = suggestions.map((other) => `${other.id} (${other.name})`).join(', ')
    throw new Refusal(404, 'customer_not_found', `no customer ${id}${names && `; similar: ${names}`}`, { suggestions })
  }

  function refuseOrder(id: string): never {
    const number = /^ord_(\d{1,5})$/.exec(id)?.[1]
    const old = number && orders.get(`ord_${number.padStart(5, '0')}`)
    if (old) {
      const owner = findCustomer(old.customer_id)
      throw new Refusal(404, 'order_not_found', `order ${id} belongs to another account (${owner.name}, now ${old.id})`)
    }
    const near = [...orders.values()].filter((order) => order.id.startsWith(id.slice(0, 7))).slice(0, 3)
    const suggestions = near.map((order) => ({ id: order.id, customer_name: findCustomer(order.customer_id).name }))
    const names = suggestions.map((other) => `${other.id} (${other.customer_name})`).join(', ')
    throw new Refusal(404, 'order_not_found', `no order ${id}${names && `; similar: ${names}`}`, { suggestions })
  }

  return {
    orders: ({ status, customer_id } = {}) =>
      [...orders.values()].filter(
        (order) =>
          (status === undefined || order.status === status) &&
          (customer_id === undefined || order.customer_id === customer_id),
      ),
    search: (query) => searchOrders(orders.values(), query),
    order: findOrder,
    customer: findCustomer,
    refund({ order_id, amount, reason, currency, payee, request_id }) {
      const order = findOrder(order_id)
      const { name } = findCustomer(order.customer_id)
      const left = order.total - order.refunded
      if (!Number.isSafeInteger(amount) || amount <= 0) {
        throw new Refusal(400, 'invalid_amount', 'amount must be a positive whole number of minor units')
      }
      if (currency !== undefined && currency !== order.currency)
        throw new Refusal(409, 'wrong_currency', `order ${order.id} is in ${order.currency}`)
      if (payee !== undefined && payee !== name)
        throw new Refusal(409, 'wrong_payee', `order ${order.id} belongs to somebody else`)
      if (!REFUNDABLE.includes(order.status)) {
        throw new Refusal(409, 'not_refundable', `order ${order.id} of ${name} is ${order.status}`)
      }
      if (amount > left) {
        const text = `order ${order.id} of ${name} has ${left} of ${order.total} ${order.currency} left to refund`
        throw new Refusal(409, 'amount_too_large', text)
      }
      const refund_id = `ref_${String(changes.length + 1).padStart(5, '0')}`
      commit({ kind: 'refund', at: at(), request_id, refund_id, order_id, amount, reason })
      return { refund_id, order_id, amount }
    },
    closeAccount({ customer_id, request_id }) {
      const customer = findCustomer(customer_id)
      if (customer.status === 'closed') {
        throw new Refusal(409, 'already_closed', `account of ${customer.name} was closed at ${customer.closed_at}`)
      }
      commit({ kind: 'close', at: at(), request_id, customer_id })
      return customer
    },
    changes: () => changes,
    close: () => ledger?.close(),
  }

  function at(): string {
    return new Date(now()).toISOString()
  }
}
