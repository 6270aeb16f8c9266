// What token endpoints answer, in all the forms that were seen.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tokenAnswer } from './token-response.ts'

const answer = (body: unknown, status = 200) =>
  tokenAnswer(status, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))
const granted = (more: object) => ({
  access_token: 'a',
  refresh_token: null,
  expires_in: null,
  scopes: undefined,
  ...more,
})

describe('a token answer', () => {
  const cases: [string, unknown, object][] = [
    [
      'of the standard',
      { access_token: 'a', refresh_token: 'r', expires_in: 60, scope: 'x y', token_type: 'Bearer' },
      granted({ refresh_token: 'r', expires_in: 60, scopes: ['x', 'y'] }),
    ],
    ['without a word on its life', { access_token: 'a' }, granted({})],
    ['with its life as text', { access_token: 'a', expires_in: '3600' }, granted({ expires_in: 3600 })],
    ['with no life at all', { access_token: 'a', expires_in: 0 }, granted({})],
    ['with a life that is no number', { access_token: 'a', expires_in: 'soon' }, granted({})],
    ['with a life beyond every date', { access_token: 'a', expires_in: 1e300 }, granted({ expires_in: 316_224_000 })],
    ['with scopes parted by commas', { access_token: 'a', scope: 'x,y' }, granted({ scopes: ['x', 'y'] })],
    ['with scopes as a list', { access_token: 'a', scope: ['x', 'y', 1] }, granted({ scopes: ['x', 'y'] })],
    ['with an empty refresh token', { access_token: 'a', refresh_token: '' }, granted({})],
    ['that is an error with 200', { error: 'bad_verification_code' }, { error: 'bad_verification_code', dead: false }],
    [
      'that is an error beside a token',
      { access_token: 'a', error: 'invalid_grant' },
      { error: 'invalid_grant', dead: true },
    ],
    ['that is not ok', { ok: false, error: 'token_revoked' }, { error: 'token_revoked', dead: true }],
    ['with an error that is no code', { error: { text: 'secret' } }, { error: 'unreadable', dead: false }],
    ['bound to a key', { access_token: 'a', token_type: 'DPoP' }, { error: 'unsupported_token_type', dead: false }],
    ['with a token that would end its header', { access_token: 'a\r\nx: y' }, { error: 'unreadable', dead: false }],
    ['with a token that is no text', { access_token: { a: 1 } }, { error: 'unreadable', dead: false }],
    ['that is no JSON', 'access_token=a', { error: 'unreadable', dead: false }],
    ['that is a list', [], { error: 'unreadable', dead: false }],
    ['that is nothing', 'null', { error: 'unreadable', dead: false }],
  ]
  for (const [what, body, expected] of cases) it(what, () => assert.deepEqual(answer(body), expected))

  it('of another status is no grant, whatever it holds', () => {
    assert.deepEqual(answer({ access_token: 'a' }, 302), { error: 'unreadable', dead: false })
    assert.deepEqual(answer({ error: 'invalid_grant' }, 400), { error: 'invalid_grant', dead: true })
  })
})
