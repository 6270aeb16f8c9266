// The vector index: PostgreSQL with pgvector, in this process.
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { DIMENSIONS, embed } from './embedding.ts'
import { type Passage, passages } from './passages.ts'

export interface Ranked extends Passage {
  distance: number
}

export interface PassageIndex {
  readonly database: PGlite
  count: number
  search(query: string, page: { offset: number; limit: number }): Promise<Ranked[]>
  close(): Promise<void>
}

export async function openIndex(all: readonly Passage[] = passages()): Promise<PassageIndex> {
  const database = await PGlite.create({ extensions: { vector } })
  await database.exec(`
    create extension vector;
    create table passages (
      id text primary key,
      document text not null,
      title text not null,
      text text not null,
      list_price integer,
      executive_discount integer,
      embedding vector(${DIMENSIONS}) not null
    );`)
  for (const { id, document, title, text, list_price, executive_discount } of all)
    await database.query('insert into passages values ($1, $2, $3, $4, $5, $6, $7::vector)', [
      ...[id, document, title, text, list_price, executive_discount, vectorOf(`${title} ${text}`)],
    ])
  return {
    ...{ database, count: all.length },
    async search(query, { offset, limit }) {
      const { rows } = await database.query<Ranked>(
        `select id, document, title, text, list_price, executive_discount, embedding <=> $1::vector as distance
          from passages order by distance, id offset $2 limit $3`,
        [vectorOf(query), offset, limit],
      )
      return rows.map(
        (row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as Ranked,
      )
    },
    close: () => database.close(),
  }
}

const vectorOf = (text: string): string => JSON.stringify(embed(text))
