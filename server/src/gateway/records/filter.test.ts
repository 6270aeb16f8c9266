// Filtering as its readers would break it: shapes that lie, siblings that talk, totals that count.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { UserId } from '../../kernel/ids.ts'
import type { Principal } from '../../kernel/principal.ts'
import { bot, dana, eve } from '../testing.ts'
import { declaredOf, type Place } from './declaration.ts'
import { filterRecords } from './filter.ts'
import { MOST_JUDGED, sightOf } from './sight.ts'
import { judgeToolResult, NOT_FOUND } from './tool-result.ts'

const forDana: Principal = {
  sub: dana,
  kind: 'user',
  act: [{ sub: bot }],
  client: bot,
  scopes: new Set(),
  authorizationDetails: [],
  audience: '',
  expiresAt: 0,
}
const MINE = new Set(['order:1', 'order:2', 'customer:7'])
const sight = (principal = forDana) =>
  sightOf(principal, async (...questions) =>
    questions.map(({ type, ids }) => ids.map((id) => MINE.has(`${type}:${id}`))),
  )

function place(...paths: [path: string, id: string, type?: string][]): Place {
  const records = paths.map(([path, id, type = 'order']) => ({ path, id, type, relation: 'can_view' }))
  const { result } = declaredOf({ records })
  assert.ok(result)
  return result
}
const filter = (value: unknown, ...paths: Parameters<typeof place>) => filterRecords(value, place(...paths), sight())
const kept = async (value: unknown, ...paths: Parameters<typeof place>) => {
  const filtered = await filter(value, ...paths)
  assert.equal(filtered.outcome, 'kept')
  return 'value' in filtered ? filtered.value : undefined
}

describe('filterRecords', () => {
  it('takes hidden records out of lists, and corrects or removes what counts and continues them', async () => {
    const page = { orders: [{ id: 1, note: 'a' }, { id: 3 }, { id: '2' }], total: 99, next_cursor: 'x', secret: 'Eve' }
    assert.deepEqual(await kept(page, ['$.orders[*]', 'id']), { orders: [{ id: 1, note: 'a' }, { id: '2' }], total: 2 })
    assert.deepEqual(await kept({ orders: [{ id: 3 }], total: '1' }, ['$.orders[*]', 'id']), { orders: [] })
    assert.deepEqual(await kept([1, 3, 2], ['$[*]', '']), [1, 2])
  })

  it('keeps nothing beside the way to a record', async () => {
    const value = {
      data: {
        hits: [
          { order: { id: 1 }, snippet: 'x' },
          { order: { id: 3 }, snippet: 'Eve' },
        ],
        took: 5,
      },
    }
    assert.deepEqual(await kept(value, ['$.data.hits[*].order', 'id']), { data: { hits: [{ order: { id: 1 } }] } })
    assert.deepEqual(await kept(value, ['$.data.hits[*]', 'order.id']), {
      data: { hits: [{ order: { id: 1 }, snippet: 'x' }] },
    })
  })

  it('filters records inside records, and hides a part without hiding the whole', async () => {
    const customer = { id: 7, name: 'Dana', orders: [{ id: 1 }, { id: 3 }], total: 2, next: 'c' }
    const nested: [string, string, string?][] = [
      ['$', 'id', 'customer'],
      ['$.orders[*]', 'id'],
    ]
    assert.deepEqual(await kept(customer, ...nested), { id: 7, name: 'Dana', orders: [{ id: 1 }], total: 1 })
    const withOwner: [string, string, string?][] = [
      ['$[*]', 'id'],
      ['$[*].owner', 'id', 'customer'],
    ]
    const orders = [
      { id: 1, owner: { id: 8, name: 'Eve' } },
      { id: 3, owner: { id: 7 } },
    ]
    assert.deepEqual(await kept(orders, ...withOwner), [{ id: 1 }])
    assert.equal((await filter({ ...customer, id: 8 }, ...nested)).outcome, 'removed')
  })

  it('removes the whole when the one record it leads to is hidden', async () => {
    assert.equal((await filter({ id: 3 }, ['$', 'id'])).outcome, 'removed')
    assert.equal((await filter({ order: { id: 3 }, hint: 'Eve' }, ['$.order', 'id'])).outcome, 'removed')
  })

  it('does not guess at a shape that was not declared', async () => {
    const list = place(['$.orders[*]', 'id'])
    for (const value of [
      null,
      [],
      {},
      'text',
      { orders: null },
      { orders: { id: 1 } },
      { orders: [{ id: 1 }, { no: 2 }] },
      { orders: [{ id: null }] },
      { orders: [{ id: '' }] },
      { orders: [{ id: ['1'] }] },
      { orders: [{ id: 1.5 }] },
      { orders: [{ id: 2 ** 53 }] },
      { orders: [[{ id: 1 }]] },
      { Orders: [{ id: 1 }] },
      { __proto__: { orders: [] } },
    ])
      assert.equal((await filterRecords(value, list, sight())).outcome, 'mismatched', JSON.stringify(value))
    assert.equal((await filter({ orders: [{ id: 1 }] }, ['$.orders', 'id'])).outcome, 'mismatched')
  })

  it('shows an agent on its own business nothing', async () => {
    const alone: Principal = { ...forDana, sub: bot, kind: 'agent' }
    assert.equal((await filterRecords({ id: 1 }, place(['$', 'id']), sight(alone))).outcome, 'removed')
  })

  it('takes away every number beside a list that could tell how long it was', async () => {
    const customer = {
      ...{ id: 7, orders: [{ id: 1 }, { id: 3 }], order_count: 2, totalOrders: 9, orderCount: 2, num_orders: 3 },
      ...{ total_results: 2, amount_total: 12, hits: 2, facets: { paid: 2 }, _links: {}, offset: 4, country: 'IT' },
    }
    assert.deepEqual(await kept(customer, ['$', 'id', 'customer'], ['$.orders[*]', 'id']), {
      ...{ id: 7, orders: [{ id: 1 }], order_count: 1, orderCount: 1, total_results: 1, hits: 1, country: 'IT' },
    })
    // What is left out is left out whether or not anything was hidden: its absence tells nothing.
    const whole = { id: 7, orders: [{ id: 1 }], totalOrders: 9, discount: 3, account: 'a', size: 'm', order_number: 7 }
    assert.deepEqual(await kept(whole, ['$', 'id', 'customer'], ['$.orders[*]', 'id']), {
      ...{ id: 7, orders: [{ id: 1 }], discount: 3, account: 'a', size: 'm', order_number: 7 },
    })
  })

  it('knows such numbers in any spelling, and what leads to the next page', async () => {
    const numbers = Object.fromEntries(
      [
        ...['Total', 'TotalCount', 'TOTAL', 'total-count', 'Total-Count', '@odata.count', 'nbHits', 'numItems'],
        ...['OrderCount', 'number_of_orders', 'numberOfOrders', 'no_of_orders', 'tally', 'ordersTotal', 'countAll'],
      ].map((name) => [name, 9]),
    )
    const onward = Object.fromEntries(
      [
        ...['@odata.nextLink', 'pageInfo', 'page_token', 'nextPageToken', 'continuation_token', 'hasNextPage', 'more'],
        ...['endCursor', 'next_page_url', 'previous', 'hasMore', 'has_more', 'totalPages', 'lastPage', 'links'],
      ].map((name) => [name, 'x']),
    )
    const stays = { account: 'a', country: 'IT', discount: 9, number: 9, status: 'paid', homepage: 'x', nonce: 9 }
    const customer = { id: 7, orders: [{ id: 1 }, { id: 3 }], ...numbers, ...onward, ...stays }
    assert.deepEqual(await kept(customer, ['$', 'id', 'customer'], ['$.orders[*]', 'id']), {
      ...{ id: 7, orders: [{ id: 1 }] },
      ...stays,
    })
  })

  it('judges nothing of more than it would judge whole', async () => {
    const asked: number[] = []
    const counting = (members: UserId[]) =>
      sightOf(forDana, async (...questions) => questions.map(({ ids }) => ids.map(() => asked.push(1) > 0)), {
        members,
        strangers: false,
      })
    const ids = (count: number) => Array.from({ length: count }, (_, id) => id)
    const many = await filterRecords(ids(MOST_JUDGED + 1), place(['$[*]', '']), counting([]))
    assert.deepEqual([many.outcome, asked.length], ['oversized', 0])
    const readers = await filterRecords(ids(MOST_JUDGED / 2 + 1), place(['$[*]', '']), counting([eve]))
    assert.deepEqual([readers.outcome, asked.length], ['oversized', 0])
    assert.equal((await filterRecords(ids(1000), place(['$[*]', '']), counting([eve]))).outcome, 'kept')
  })

  it('asks once per kind of record, however many there are', async () => {
    const asked: (readonly string[])[] = []
    const counting = sightOf(forDana, async (...questions) =>
      questions.map(({ ids }) => {
        asked.push(ids)
        return ids.map(() => true)
      }),
    )
    await filterRecords(
      { orders: Array.from({ length: 1000 }, (_, id) => ({ id })) },
      place(['$.orders[*]', 'id']),
      counting,
    )
    assert.deepEqual(
      asked.map(({ length }) => length),
      [1000],
    )
  })

  it('takes an answer that is too short, or not a plain yes, for a no', async () => {
    const short = sightOf(forDana, async () => [[true]])
    const filtered = await filterRecords([1, 2], place(['$[*]', '']), short)
    assert.deepEqual('value' in filtered && filtered.value, [1])
  })
})

describe('judgeToolResult', () => {
  const list = place(['$.orders[*]', 'id'])
  const one = place(['$', 'id'])
  const text = (value: unknown) => ({ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) })
  const judge = (result: unknown, declared: Place) =>
    judgeToolResult(result, { result: declared, content: undefined }, sight())

  it('makes the text anew from what is left of the structured content', async () => {
    const structuredContent = { orders: [{ id: 1 }, { id: 3, name: 'Eve' }], total: 2 }
    const content = [text(structuredContent), text('Eve has one'), { type: 'image', data: 'RXZl', mimeType: 'x' }]
    const { result, records, withheld } = await judge({ structuredContent, content, _meta: { also: 'Eve' } }, list)
    assert.deepEqual(result, {
      structuredContent: { orders: [{ id: 1 }], total: 1 },
      content: [text({ orders: [{ id: 1 }], total: 1 })],
    })
    assert.deepEqual([records, withheld], [1, 1])
  })

  it('filters text that is JSON where there is nothing else, and keeps no prose or pictures', async () => {
    const { result } = await judge(
      { content: [text({ id: 1 }), text('of Eve'), { type: 'resource' }, text({ id: 3 })] },
      one,
    )
    assert.deepEqual(result, { content: [text({ id: 1 })] })
  })

  it('gives one answer for missing and for hidden, whatever the upstream said', async () => {
    for (const result of [
      { isError: true, content: [text('order 3 belongs to Eve')], structuredContent: { id: 1 } },
      { structuredContent: { id: 3 }, content: [] },
      { content: [text({ id: 3 })] },
    ])
      assert.equal((await judge(result, one)).result, NOT_FOUND)
  })

  it('keeps every text of several that may be seen', async () => {
    const { result } = await judge({ content: [text({ id: 1 }), text({ id: 2 }), text({ id: 1 })] }, one)
    assert.deepEqual(result, { content: [text({ id: 1 }), text({ id: 2 }), text({ id: 1 })] })
  })

  it('filters content items that are records themselves, such as passages of documents', async () => {
    const passage = (uri: string, words: string) => ({ type: 'resource', resource: { uri, text: words } })
    const records = [{ path: 'content[*]', type: 'order', relation: 'can_view', id: 'resource.uri' }]
    const declared = declaredOf({ records })
    const content = [passage('1', 'mine'), passage('3', 'of Eve'), passage('2', 'mine too')]
    const judged = await judgeToolResult({ content, structuredContent: content, _meta: { content } }, declared, sight())
    assert.deepEqual(judged.result, { content: [content[0], content[2]] })
    assert.deepEqual([judged.records, judged.withheld], [2, 1])
    for (const other of [text('3 more were found'), { type: 'resource', resource: { text: 'of Eve' } }]) {
      const { result } = await judgeToolResult({ content: [content[0], other] }, declared, sight())
      assert.match(JSON.stringify(result), /withheld/)
    }
    const both = declaredOf({ records: [...records, { path: '$[*]', type: 'order', relation: 'can_view', id: '' }] })
    assert.deepEqual((await judgeToolResult({ content, structuredContent: [1, 3] }, both, sight())).result, {
      ...{ content: [content[0], content[2]], structuredContent: [1] },
    })
    assert.match(JSON.stringify((await judgeToolResult({ content }, both, sight())).result), /withheld/)
  })

  it('says how much it judges when there is more', async () => {
    const structuredContent = { orders: Array.from({ length: MOST_JUDGED + 1 }, (_, id) => ({ id, name: 'Eve' })) }
    const { result } = await judge({ structuredContent, content: [] }, list)
    assert.match(JSON.stringify(result), /more than 50000 records/)
    assert.doesNotMatch(JSON.stringify(result), /Eve/)
  })

  it('withholds what it cannot read', async () => {
    for (const result of [
      null,
      {},
      { content: [] },
      { content: [text('prose')] },
      { structuredContent: { name: 'Eve' } },
    ]) {
      const judged = JSON.stringify((await judge(result, one)).result)
      assert.match(judged, /withheld/)
      assert.doesNotMatch(judged, /Eve|prose/)
    }
  })
})
