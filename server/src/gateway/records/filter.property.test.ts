// Whatever a result looks like around its records: nothing of a hidden one is left, and nothing tells that it was there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bot, dana } from '../testing.ts'
import { declaredOf } from './declaration.ts'
import { sightOf } from './sight.ts'
import { judgeToolResult } from './tool-result.ts'

const RUNS = 2_000
const forDana = {
  ...{ sub: dana, kind: 'user' as const, act: [{ sub: bot }], client: bot, scopes: new Set<string>() },
  ...{ authorizationDetails: [], audience: '', expiresAt: 0 },
}
const declared = declaredOf({
  records: [
    {
      ...{ path: '$.hits[*].doc', type: 'doc', id: 'id', relation: 'viewer' },
      fields: { price: { relation: 'pricer', otherwise: 'drop' } },
    },
    { path: '$.hits[*].doc.parts[*]', type: 'part', id: 'id', relation: 'viewer' },
  ],
})

/** Ids below 50 may be seen, and prices of those below 25. */
const sees = (relation: string, id: number) => id < (relation === 'pricer' ? 25 : 50)
const sight = () =>
  sightOf(forDana, async (...questions) =>
    questions.map(({ relation, ids }) => ids.map((id) => sees(relation, Number(id)))),
  )

const id = fc.nat(99)
const part = fc.record({ id }).map((made) => ({ ...made, text: `SECRET-part-${made.id};` }))
const doc = fc
  .record({ id, parts: fc.array(part, { maxLength: 4 }), part_count: fc.nat(9), note: fc.string() })
  .map((made) => ({ ...made, text: `SECRET-doc-${made.id};`, price: `SECRET-price-${made.id};` }))
const result = fc
  .record({
    hits: fc.array(fc.record({ doc, score: fc.double() }), { maxLength: 8 }),
    total: fc.nat(99),
    took: fc.nat(),
  })
  .chain((made) => {
    // Copies of everything where upstreams put them.
    const copy = JSON.stringify(made)
    const around = fc.record({
      summary: fc.constant(copy),
      facets: fc.constant(made.hits),
      best: fc.constant(made.hits[0]),
    })
    return around.map((more) => ({ ...made, ...more }))
  })

test(`in ${RUNS} random results nothing hidden is left`, async () => {
  let hidden = 0
  const property = fc.asyncProperty(result, fc.boolean(), async (value, structured) => {
    const content = [{ type: 'text', text: JSON.stringify(value) }]
    const judged = await judgeToolResult(
      structured ? { structuredContent: value, content } : { content },
      declared,
      sight(),
    )
    const shown = JSON.stringify(judged.result)
    for (const [, what, of] of shown.matchAll(/SECRET-(\w+)-(\d+)/g))
      assert.ok(sees(what === 'price' ? 'pricer' : 'viewer', Number(of)), `${what} ${of}`)
    const mine = value.hits.filter(({ doc }) => sees('viewer', doc.id))
    for (const { doc } of mine) assert.ok(shown.includes(`SECRET-doc-${doc.id};`))
    hidden += judged.withheld
    // As if the hidden ones had never been there.
    const without = {
      ...value,
      hits: mine.map((hit) => ({
        ...hit,
        doc: { ...hit.doc, parts: hit.doc.parts.filter((one) => sees('viewer', one.id)) },
      })),
    }
    const plain = await judgeToolResult({ structuredContent: without, content: [] }, declared, sight())
    const told = (from: unknown) =>
      (from as { content?: { text: string }[] }).content?.[0]?.text.replaceAll(/"part_count":\d+,/g, '')
    assert.equal(told(judged.result), told(plain.result))
  })
  await fc.assert(property, { numRuns: RUNS })
  assert.ok(hidden > RUNS, `${hidden} were hidden: a check that sees nothing proves nothing`)
})
