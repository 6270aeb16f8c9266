// Right requests of every operation, every way in which one leaf can be wrong, and what a refusal must look like; for tests.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Served } from './server.ts'

export type Body = Record<string, unknown>

export interface Reply {
  status: number
  type: string
  text: string
}

/** A code for every refusal that is the caller's to mend (openfga.v1.ErrorCode, as far as it is used here). */
const CODES = new Set([
  ...['validation_error', 'authorization_model_not_found', 'invalid_write_input', 'invalid_continuation_token'],
  ...['cannot_allow_duplicate_tuples_in_one_request', 'invalid_expand_input', 'write_failed_due_to_invalid_input'],
  ...['latest_authorization_model_not_found', 'type_not_found', 'relation_not_found', 'invalid_tuple'],
  ...['query_string_type_continuation_token_mismatch', 'exceeded_entity_limit', 'invalid_authorization_model'],
  ...['page_size_invalid', 'type_invalid_pattern', 'relations_invalid_pattern', 'type_definitions_too_few_items'],
  ...[
    'assertions_too_many_items',
    'relation_too_long',
    'tuple_key_value_not_specified',
    'authorization_model_resolution_too_complex',
  ],
])

/** Fails unless the reply is OpenFGA's refusal of bad input, with nothing else in it; its code. */
export function refusedCode({ status, type, text }: Reply, what: string): string {
  const said = `${what}: ${status} ${text.slice(0, 400)}`
  assert.equal(status, 400, said)
  assert.match(type, /^application\/json/, said)
  const body = JSON.parse(text) as { code: string; message: string }
  assert.deepEqual(Object.keys(body), ['code', 'message'], said)
  assert.ok(CODES.has(body.code), said)
  assert.ok(typeof body.message === 'string' && body.message !== '', said)
  assert.doesNotMatch(body.message, /\n\s+at |node_modules|\.ts:\d|select |insert into|SQLSTATE|ZodError|FST_/i, said)
  assert.ok(text.length < 3000, `${what}: it repeats what it was given`)
  return body.code
}

export async function send(
  server: Served,
  { method, path, text, type = 'application/json' }: { method: string; path: string; text?: string; type?: string },
): Promise<Reply> {
  const reply = await server.send({
    ...{ method, url: `/fga${path}` },
    ...(text !== undefined && { payload: text, headers: { 'content-type': type } }),
  })
  return { status: reply.statusCode, type: String(reply.headers['content-type']), text: reply.body }
}

/** What the room holds and how far the log has come: counts to read, and a digest of every row. */
export async function everything({ database, relationships }: Served): Promise<string> {
  const tables = ['fga_stores', 'fga_models', 'fga_tuples', 'fga_tuple_changes', 'fga_assertions']
  const digest = createHash('sha256')
  const said = await database.connected(async (on) => {
    const counts: string[] = []
    for (const table of tables) {
      const { rows } = await on.query(`select t::text as row from ${table} t order by 1`)
      digest.update(JSON.stringify(rows))
      counts.push(`${table} ${rows.length}`)
    }
    const { rows } = await on.query('select coalesce(max(position), 0) as position from changes')
    return [...counts, `position ${rows[0]?.position}`]
  })
  return [...said, `in memory ${relationships.size}`, digest.digest('hex')].join(', ')
}

const WRONG: Readonly<Record<string, unknown>> = {
  'a number': 12345.5,
  'a list': [[]],
  'an object': { a: { b: 1 } },
  'a flag': true,
  'a text': 'no\u0000',
}
type Path = readonly (string | number)[]

/** One wrong leaf each: values of other types, NUL, half of a surrogate pair, and far too much. */
export function wrongBodies(right: Body): { how: string; body: Body }[] {
  const wrong: { how: string; body: Body }[] = []
  for (const path of leavesOf(right)) {
    const value = at(right, path)
    const put = (how: string, by: unknown) =>
      wrong.push({ how: `${path.join('.')} ${how}`, body: withLeaf(right, path, by) })
    for (const [how, other] of Object.entries(WRONG)) if (typeof other !== typeof value) put(how, other)
    if (typeof value !== 'string') continue
    put('with a NUL', `${value}\u0000`)
    put('with a lone surrogate', `${value}\ud800`)
    put('huge', 'a'.repeat(100_000))
  }
  return wrong
}

function leavesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, inner]) =>
    leavesOf(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  )
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value)

function withLeaf(body: Body, path: Path, value: unknown): Body {
  const copy = structuredClone(body)
  const parent = at(copy, path.slice(0, -1)) as Record<string, unknown>
  parent[path.at(-1) ?? ''] = value
  return copy
}
