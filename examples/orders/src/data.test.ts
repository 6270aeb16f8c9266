// The book: the same everywhere, changed only by what the ledger says.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createOrdersBook } from './data.ts'
import { Refusal } from './refusal.ts'
import { seededCustomers, seededOrders } from './seed.ts'

const ledgerFile = () => join(mkdtempSync(join(tmpdir(), 'orders-')), 'ledger.jsonl')
const refund = { order_id: 'ord_00001', amount: 100, reason: 'broken', request_id: 'req-1' }

function refusal(run: () => unknown): Refusal {
  try {
    run()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('was not refused')
}

test('the data is the same on every machine and in every run', () => {
  const orders = seededOrders(seededCustomers())
  const digest = createHash('sha256')
    .update(JSON.stringify([seededCustomers(), orders]))
    .digest('hex')
  assert.equal(digest, '60ba837d5a76a0426588b1992db423bf8297ed78e516a5427837dedf4056ab4b')
})

test('there are 2,000 customers and 5,000 orders, and some customers have ten or more', () => {
  const book = createOrdersBook()
  const orders = book.orders()
  assert.equal(orders.length, 5_000)
  assert.equal(orders[0]?.id, 'ord_00001')
  assert.equal(orders.at(-1)?.id, 'ord_05000')
  assert.equal(new Set(orders.map((order) => order.id)).size, 5_000)
  assert.equal(book.customer('cus_2000').status, 'active')
  const perCustomer = Map.groupBy(orders, (order) => order.customer_id)
  assert.ok([...perCustomer.values()].filter((own) => own.length >= 10).length >= 50)
  for (const order of orders) {
    assert.equal(
      order.total,
      order.items.reduce((sum, item) => sum + item.quantity * item.unit_price, 0),
    )
    assert.ok(order.text.includes(book.customer(order.customer_id).name))
  }
})

test('a change is in the ledger with its request id before the caller hears of it, and survives a restart', () => {
  const file = ledgerFile()
  const first = createOrdersBook({ ledgerFile: file, now: () => Date.UTC(2026, 0, 1) })
  const order_id = first.orders({ status: 'delivered' })[0]?.id ?? ''
  const { refund_id } = first.refund({ ...refund, order_id })
  const written = readFileSync(file, 'utf8').trimEnd().split('\n')
  assert.deepEqual(
    written.map((line) => JSON.parse(line)),
    [{ kind: 'refund', at: '2026-01-01T00:00:00.000Z', ...refund, order_id, refund_id }],
  )
  first.closeAccount({ customer_id: 'cus_0002', request_id: null })
  first.close()

  const second = createOrdersBook({ ledgerFile: file })
  assert.equal(second.order(order_id).refunded, 100)
  assert.equal(second.customer('cus_0002').closed_at, '2026-01-01T00:00:00.000Z')
  assert.equal(second.changes().length, 2)
  assert.notEqual(second.refund({ ...refund, order_id }).refund_id, refund_id)
  second.close()
})

test('a line torn by a crash never happened, and the next change starts on a line of its own', () => {
  const file = ledgerFile()
  const whole = { kind: 'close', at: '2026-01-01T00:00:00.000Z', request_id: 'req-1', customer_id: 'cus_0001' }
  writeFileSync(file, `${JSON.stringify(whole)}\n`)
  appendFileSync(file, '{"kind":"close","customer_id":"cus_0002"')
  const book = createOrdersBook({ ledgerFile: file })
  assert.equal(book.customer('cus_0001').status, 'closed')
  assert.equal(book.customer('cus_0002').status, 'active')
  book.closeAccount({ customer_id: 'cus_0003', request_id: 'req-2' })
  book.close()
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).customer_id),
    ['cus_0001', 'cus_0003'],
  )
})

test('a ledger that someone edited is refused rather than half believed', () => {
  const file = ledgerFile()
  writeFileSync(file, '{"kind":"gift","amount":5}\n')
  assert.throws(() => createOrdersBook({ ledgerFile: file }))
})

test('refunds add up to the total and no further', () => {
  const book = createOrdersBook()
  const order = book.orders({ status: 'paid' })[0]
  assert.ok(order)
  const rest = { order_id: order.id, reason: 'late', request_id: null }
  book.refund({ ...rest, amount: order.total - 1 })
  assert.equal(book.order(order.id).status, 'paid')
  assert.equal(refusal(() => book.refund({ ...rest, amount: 2 })).code, 'amount_too_large')
  book.refund({ ...rest, amount: 1 })
  assert.equal(book.order(order.id).status, 'refunded')
  assert.equal(refusal(() => book.refund({ ...rest, amount: 1 })).code, 'not_refundable')
})

test('amounts that are not positive whole numbers change nothing', () => {
  const book = createOrdersBook()
  const order_id = book.orders({ status: 'paid' })[0]?.id ?? ''
  for (const amount of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    assert.equal(refusal(() => book.refund({ ...refund, order_id, amount })).code, 'invalid_amount')
  }
  assert.equal(book.changes().length, 0)
})

test('errors name other people, as those of such systems do', () => {
  const book = createOrdersBook()
  const owner = book.customer(book.order('ord_00009').customer_id).name
  assert.equal(
    refusal(() => book.order('ord_9')).message,
    `order ord_9 belongs to another account (${owner}, now ord_00009)`,
  )
  const unknown = refusal(() => book.order('ord_00009x'))
  assert.match(unknown.message, /no order ord_00009x; similar: ord_000\d\d \(\w+ \w+\)/)
  assert.equal((unknown.details.suggestions as unknown[]).length, 3)
  assert.match(refusal(() => book.customer('cus_0001x')).message, /cus_000\d \(\w+ \w+\)/)
})
