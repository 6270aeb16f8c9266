// The guide to filtering at retrieval: what it shows runs, and is what stands in it word for word.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Document } from '@langchain/core/documents'
import { embed } from '@mandate/example-knowledge/embedding.ts'
import type { Principal } from '@mandate/sdk'
import { exists, filesNamed, quotesOf, readText, standsIn } from '../docs/quotes.ts'
import { eachHouse } from '../testing/house.ts'
import { BOOTSTRAP } from '../testing/server.ts'
import { type Acme, openAcme } from './testing/acme.ts'
import * as guide from './testing/guide.ts'
import { maySee } from './testing/model.ts'

const PAGE = 'docs/guide/filter-at-retrieval.md'
const QUESTION = 'executive discount of the anvil'
const forRosa = (document: string) => maySee(document, { territory: 'emea' })

test('the guide quotes code that is there, and names files that are there', () => {
  for (const page of [PAGE, 'sdk/typescript/README.md']) {
    const quotes = quotesOf(readText(page))
    assert.ok(quotes.length > 0, `${page} quotes nothing: a check that sees nothing proves nothing`)
    for (const quote of quotes)
      assert.ok(
        standsIn(readText(quote.file), quote),
        `${page}:${quote.line} quotes ${quote.file} otherwise than it is`,
      )
    assert.deepEqual(
      filesNamed(readText(page)).filter((file) => !exists(file)),
      [],
    )
  }
})

eachHouse(
  'the guide to filtering at retrieval',
  (house) => {
    let acme: Acme
    let made: ReturnType<typeof guide.open>
    let rosa: Principal
    before(async () => {
      acme = await openAcme(house)
      made = guide.open({
        ...{ issuer: house.issuer, store: acme.store, audience: `${house.issuer}/mcp/knowledge` },
        clientId: BOOTSTRAP.MANDATE_BOOTSTRAP_CLIENT_ID,
        clientSecret: BOOTSTRAP.MANDATE_BOOTSTRAP_CLIENT_SECRET,
      })
      rosa = await made.principalOf(acme.rosa.http)
    })
    after(() => acme.close())

    test('after a search', async () => {
      const { results, counts } = await guide.afterSearch(made.asking, rosa, acme.index.search, QUESTION)
      assert.ok(results.length === 5 && results.every(({ document }) => forRosa(document)))
      assert.ok(counts[0] && counts[0].withheld > 0)
    })

    test('for an audience', async () => {
      const { forChannel, forTwo } = await guide.forAChannel(made.asking, rosa)
      assert.ok(forChannel.ids.length === 6 && forTwo.ids.length === 0)
    })

    test('in a vector store that knows only filters', async () => {
      const { rows } = await acme.index.database.query<{ id: string; document: string }>(
        'select id, document from passages',
      )
      const store = {
        search: async (filter: object) =>
          rows
            .filter(({ document }) => (filter as { document: { $in: string[] } }).document.$in.includes(document))
            .map(({ document }, distance) => ({ document, distance })),
      }
      const found = await guide.inAVectorStore(made.asking, rosa, store)
      assert.ok(found.length === 5 && found.every(({ document }) => forRosa(document)))
    })

    test('in PostgreSQL', async () => {
      const pg = acme.index.database
      // What `pg` would be, over the database in this process.
      const client = {
        query: (text: string, values?: unknown[]) => pg.query<Record<string, unknown>>(text, values),
        release: () => undefined,
      }
      assert.equal((await guide.keepGrants(made.asking, { connect: async () => client })).stored, true)
      const { text, values } = await guide.nearestInPostgres(made.asking, rosa, embed(QUESTION))
      const { rows } = await pg.query<{ document: string }>(text, values)
      assert.ok(rows.length === 5 && rows.every(({ document }) => forRosa(document)))
      const { once, inEachTransaction } = await guide.byRowSecurity(made.asking, rosa)
      await pg.exec('create role search; grant select on all tables in schema public to search')
      for (const statement of once) await pg.exec(statement)
      const shown = await pg.transaction(async (tx) => {
        await tx.query('set local role search')
        await tx.query(inEachTransaction.text, inEachTransaction.values)
        return (await tx.query<{ document: string }>('select document from passages')).rows
      })
      assert.ok(shown.length > 0 && shown.every(({ document }) => forRosa(document)))
    })

    test('fields, and LangChain', async () => {
      const { records } = await guide.prices(made.asking, rosa, [{ document: 'list-anvil', executive_discount: 30 }])
      assert.deepEqual(records, [{ document: 'list-anvil', executive_discount: '[withheld]' }])
      const all = await acme.index.search(QUESTION, { offset: 0, limit: 200 })
      const documents = all.map(({ text, document }) => new Document({ pageContent: text, metadata: { document } }))
      const vectorStore = { similaritySearch: async (_: string, k: number) => documents.slice(0, k) }
      const found = await guide.inLangChain(made.asking, rosa, vectorStore).invoke(QUESTION)
      assert.ok(found.length === 5 && found.every(({ metadata }) => forRosa(metadata.document)))
    })
  },
  { shop: false },
)
