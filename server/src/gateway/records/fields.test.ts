// Fields that need a relation of their own, as those without it would try to read them all the same.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Principal } from '../../kernel/principal.ts'
import { bot, dana, eve } from '../testing.ts'
import { declaredOf } from './declaration.ts'
import { filterRecords } from './filter.ts'
import { sightOf } from './sight.ts'

const forDana: Principal = {
  ...{ sub: dana, kind: 'user', act: [{ sub: bot }], client: bot, scopes: new Set<string>() },
  ...{ authorizationDetails: [], audience: '', expiresAt: 0 },
}

async function filter(
  value: unknown,
  seen: string[],
  otherwise: 'drop' | 'mask',
  field = 'executive_discount',
  more = {},
) {
  const fields = { [field]: { relation: 'discounter', otherwise } }
  const { result } = declaredOf({
    records: [{ path: '$.prices[*]', type: 'price', id: 'id', relation: 'viewer', fields, ...more }],
  })
  assert.ok(result)
  const sight = sightOf(forDana, async (...questions) =>
    questions.map(({ user, relation, ids }) => ids.map((id) => seen.includes(`${user} ${relation} ${id}`))),
  )
  return filterRecords(value, result, sight)
}
const sees = (...ids: string[]) => ids.map((id) => `user:${dana} viewer ${id}`)
const price = (id: string) => ({ id, list: 100, executive_discount: 40 })

describe('fields of records', async () => {
  it('are left out, or their values are, record by record', async () => {
    const value = { prices: [price('a'), price('b'), price('c')] }
    const seen = [...sees('a', 'b'), `user:${dana} discounter b`, `user:${dana} discounter c`]
    assert.deepEqual(await filter(value, seen, 'drop'), {
      outcome: 'kept',
      value: { prices: [{ id: 'a', list: 100 }, price('b')] },
      ...{ records: 2, withheld: 1, masked: 1 },
    })
    const masked = await filter(value, seen, 'mask')
    assert.deepEqual('value' in masked && masked.value, {
      prices: [{ id: 'a', list: 100, executive_discount: '[withheld]' }, price('b')],
    })
  })

  it('do not come by another spelling of their name', async () => {
    const spelled = { id: 'a', Executive_Discount: 40, executiveDiscount: 40, 'executive-discount': 40, list: 100 }
    for (const otherwise of ['drop', 'mask'] as const) {
      const filtered = await filter({ prices: [spelled] }, sees('a'), otherwise)
      assert.deepEqual('value' in filtered && filtered.value, { prices: [{ id: 'a', list: 100 }] })
    }
  })

  it('do not come where the way to them is not what was declared', async () => {
    for (const terms of [[{ discount: 40 }], 'discount 40', [[40]]]) {
      const filtered = await filter({ prices: [{ id: 'a', terms }] }, sees('a'), 'drop', 'terms.discount')
      assert.deepEqual('value' in filtered && filtered.value, { prices: [{ id: 'a' }] })
    }
    const nested = { id: 'a', terms: { days: 30, discount: { deep: 40 } } }
    const filtered = await filter({ prices: [nested] }, sees('a'), 'mask', 'terms.discount')
    assert.deepEqual('value' in filtered && filtered.value, {
      prices: [{ id: 'a', terms: { days: 30, discount: '[withheld]' } }],
    })
  })

  it('do not appear where there were none', async () => {
    for (const without of [{ id: 'a' }, { id: 'a', terms: null }]) {
      const filtered = await filter({ prices: [without] }, sees('a'), 'mask', 'terms.discount')
      assert.deepEqual('value' in filtered && filtered.value, { prices: [without] })
    }
  })

  it('are hidden from all when one of the audience may not see them', async () => {
    const { result } = declaredOf({
      records: [
        {
          ...{ path: '$', type: 'price', id: 'id', relation: 'viewer' },
          fields: { executive_discount: { relation: 'discounter', otherwise: 'drop' } },
        },
      ],
    })
    assert.ok(result)
    const visible = async (...questions: readonly { user: string; relation: string; ids: readonly string[] }[]) =>
      questions.map(({ user, relation, ids }) => ids.map(() => relation === 'viewer' || user === `user:${dana}`))
    const shown = async (members: (typeof eve)[]) => {
      const filtered = await filterRecords(price('a'), result, sightOf(forDana, visible, { members, strangers: false }))
      return 'value' in filtered && filtered.value
    }
    assert.deepEqual(await shown([dana]), price('a'))
    assert.deepEqual(await shown([eve]), { id: 'a', list: 100 })
  })
})
