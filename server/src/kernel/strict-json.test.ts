// Texts that two parsers read differently, and texts that only look like it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { JsonRefused, parseStrict } from './strict-json.ts'

const refused = (text: string | Buffer) =>
  assert.throws(() => parseStrict(Buffer.from(text)), JsonRefused, String(text).slice(0, 60))

describe('parseStrict', () => {
  it('refuses a key named twice, however it is spelled and wherever it is', () => {
    refused('{"a":1,"a":2}')
    refused('{"a":1,"\\u0061":2}')
    refused('[{"x":{"a":1,"b":2,"a":1}}]')
    refused('{"__proto__":1,"__proto__":2}')
    refused('{"a\\"":1 , "a\\"" : 2}')
  })

  it('refuses what does not survive a parser', () => {
    for (const text of [
      '9007199254740993',
      '[-9007199254740993]',
      '9007199254740993.0',
      '90071992547409930e-1',
      '1e300',
      '1e999',
      '{"a":-1e999}',
      '"\\ud800"',
      '{"\\udc00":1}',
    ])
      refused(text)
    refused(`${'['.repeat(300)}${']'.repeat(300)}`)
  })

  it('refuses what is not JSON in UTF-8', () => {
    for (const text of ['', '{', "{'a':1}", '{"a":1,}', 'NaN', '\ufeff{}', '{} {}']) refused(text)
    refused(Buffer.from([0x22, 0xff, 0x22]))
    refused(Buffer.from([0x22, 0xc0, 0xaf, 0x22]))
  })

  it('reads everything else as it is', () => {
    for (const value of [
      { a: 'x":1,"a', b: ['"a":', '\\'], 'a"': 1 },
      [1.5, -0.25, 1e3, 9007199254740991, '9007199254740993', '😀'],
      { a: { a: { a: 1 } }, b: [{ a: 1 }, { a: 2 }] },
      { long: 'y'.repeat(500_000), escaped: '\\"'.repeat(100_000) },
    ])
      assert.deepEqual(parseStrict(Buffer.from(JSON.stringify(value))), value)
  })
})
