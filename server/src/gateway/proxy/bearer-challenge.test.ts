// A 401 counts against a token only where the upstream says so, and not where it can be made to look like that.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refusesToken } from './bearer-challenge.ts'

const says = (header: string, ...more: string[]) =>
  refusesToken({ headers: { 'www-authenticate': more.length === 0 ? header : [header, ...more] } })

describe('an answer of 401', () => {
  it('is about the token where a Bearer challenge names invalid_token', () => {
    for (const header of [
      'Bearer error="invalid_token"',
      'bearer realm="a, b", error = invalid_token',
      'Bearer realm="a \\" b",error="invalid_token",error_description="expired"',
      'Basic realm="a", Bearer error="invalid_token"',
    ])
      assert.equal(says(header), true, header)
    assert.equal(says('Basic realm="a"', 'Bearer error="invalid_token"'), true)
  })

  it('is about something else otherwise, whatever is written into it', () => {
    for (const header of [
      'Bearer',
      'Bearer realm="a"',
      'Bearer error="insufficient_scope"',
      'Bearer error="invalid_token_audience"',
      'Bearer error_description="invalid_token"',
      'Bearer realm="error=\\"invalid_token\\", error=invalid_token"',
      'Bearer realm="x", Basic error="invalid_token"',
      'Digest realm="Bearer error=invalid_token"',
      'error="invalid_token"',
      '',
    ])
      assert.equal(says(header), false, header)
    assert.equal(says('Bearer realm="a"', 'error="invalid_token"'), false)
    assert.equal(refusesToken({ headers: {} }), false)
  })

  it('is read in time, however it is written', () => {
    assert.equal(says(`Bearer ${'a =" '.repeat(3_000)}`), false)
    assert.equal(says(`Bearer ${'a '.repeat(8_000)}`), false)
  })
})
