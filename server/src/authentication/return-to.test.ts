// Signing in never leads off the house.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownPath } from './return-to.ts'

const ISSUER = 'https://id.example.com'

test('paths of this house are kept', () => {
  for (const path of [
    '/',
    '/interaction/abc',
    '/approvals/apr_1?x=1&y=%2F#z',
    '/a//b',
    '/@evil.example',
    '/..//evil.example',
  ])
    assert.equal(ownPath(path), path)
})

const ELSEWHERE = [
  undefined,
  null,
  '',
  ['/a', '/b'],
  'home',
  'https://evil.example',
  'HTTPS:evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\/evil.example',
  '\\\\evil.example',
  '/a\\b',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r\nset-cookie: x=y',
  ' //evil.example',
  '/ /evil.example',
  '/\u0000/evil.example',
  '/\u007f',
  '/ü',
  '/\u2028/evil.example',
  `/${'a'.repeat(2000)}`,
]

test('anything else leads to the front door', () => {
  for (const given of ELSEWHERE) assert.equal(ownPath(given), '/', JSON.stringify(given))
})

test('whatever is kept resolves to our own origin, for every two characters after the slash', () => {
  for (let one = 0; one < 256; one++)
    for (let two = 0; two < 256; two++) {
      const given = `/${String.fromCharCode(one, two)}evil.example/%2e%2e//x`
      const { origin } = new URL(ownPath(given), ISSUER)
      assert.equal(origin, ISSUER, JSON.stringify(given))
    }
})
