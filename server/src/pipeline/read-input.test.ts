import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../kernel/problem.ts'
import { readInput } from './read-input.ts'

const read = (parts: { params?: unknown; query?: unknown; body?: unknown; type?: string }) =>
  readInput({ ...parts, headers: parts.type === undefined ? {} : { 'content-type': parts.type } } as FastifyRequest)
const refusal = (code: string, field?: string) => (error: unknown) =>
  error instanceof Problem && error.code === code && error.details.errors?.[0]?.field === field

test('only JSON is read as JSON, with or without parameters', () => {
  for (const type of ['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON'])
    assert.deepEqual(read({ type, body: { a: 1 } }), { a: 1 })
  for (const type of [
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/jsonp',
    'application/json-patch+json',
    '',
  ])
    assert.throws(() => read({ type, body: { a: 1 } }), refusal('unsupported_media_type'), type)
})

test('a name that would change what the input is counts as a field that is not known', () => {
  for (const part of ['params', 'query', 'body'])
    assert.throws(
      () => read({ [part]: JSON.parse('{"__proto__": {"admin": true}}') }),
      refusal('invalid_input', '__proto__'),
    )
})

test('text that the database cannot keep is refused where it stands, however deep', () => {
  assert.throws(() => read({ body: { a: [{ b: 'x\0' }] } }), refusal('invalid_input', 'a[0].b'))
  assert.throws(() => read({ body: { a: { b: '\ud800' } } }), refusal('invalid_input', 'a.b'))
  assert.throws(() => read({ body: { a: { 'b\0': 1 } } }), refusal('invalid_input', 'a'))
  assert.throws(() => read({ query: { cursor: '\0' } }), refusal('invalid_input', 'cursor'))
  let deep: unknown = 'x\0'
  for (let depth = 0; depth < 50_000; depth++) deep = [deep]
  assert.throws(() => read({ body: { deep } }), Problem)
  assert.deepEqual(read({ body: { text: 'ok \ud83d\ude00\n' } }), { text: 'ok \ud83d\ude00\n' })
})
