// A dead grant is known by its class, in whatever words a provider says it; what is the operator's to mend is not one.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tokenAnswer } from './token-response.ts'

const said = (status: number, body: unknown) =>
  tokenAnswer(status, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), { renewing: true })

const DEAD: [string, number, unknown][] = [
  ['the standard', 400, { error: 'invalid_grant' }],
  ['Salesforce', 400, { error: 'invalid_grant', error_description: 'expired access/refresh token' }],
  ['Salesforce, of a person who left', 400, { error: 'inactive_user', error_description: 'user is inactive' }],
  [
    'GitHub',
    200,
    { error: 'bad_refresh_token', error_description: 'The refresh token passed is incorrect or expired.' },
  ],
  ['Atlassian', 403, { error: 'unauthorized_client', error_description: 'refresh_token is invalid' }],
  ['HubSpot', 400, { status: 'BAD_REFRESH_TOKEN', message: 'missing or invalid refresh token' }],
  ['Slack', 200, { ok: false, error: 'token_revoked' }],
  ['Slack, of a person who left', 200, { ok: false, error: 'account_inactive' }],
  ['Slack, of a refresh token', 200, { ok: false, error: 'invalid_refresh_token' }],
  ['Microsoft', 400, { error: 'interaction_required', error_description: 'AADSTS50076: …', error_codes: [50076] }],
  ['OpenID Connect', 400, { error: 'login_required' }],
  ['OpenID Connect, of consent', 400, { error: 'consent_required' }],
  ['a vague code with words', 400, { error: 'invalid_request', error_description: 'The refresh token has expired.' }],
  ['an object', 400, { error: { code: 'token_expired', message: 'Session has expired' } }],
  ['a list', 401, { errors: [{ code: 'REFRESH_TOKEN_EXPIRED', title: 'no' }] }],
  ['camel case', 400, { errorCode: 'invalidRefreshToken' }],
  ['words alone', 401, { message: 'Refresh token was revoked' }],
  ['other words', 400, { error: 'invalid_request', error_description: 'Unknown refresh token' }],
  ['a grant that is gone', 404, { error: 'not_found', message: 'Grant not found' }],
  ['used', 400, { error: 'invalid_request', error_description: 'Refresh token has already been used' }],
]

const NOT_DEAD: [string, number, unknown][] = [
  ['the client is unknown', 401, { error: 'invalid_client' }],
  [
    'with words of a grant',
    401,
    { error: 'invalid_client', error_description: 'invalid_grant: refresh token is invalid' },
  ],
  [
    'the client may not refresh',
    400,
    { error: 'unauthorized_client', error_description: 'The client may not use this grant type' },
  ],
  ['a vague code alone', 400, { error: 'unauthorized_client' }],
  ['the grant type is off', 400, { error: 'unsupported_grant_type' }],
  ['a scope', 400, { error: 'invalid_scope', error_description: 'scope is invalid for this grant' }],
  ['a request that lacks something', 400, { error: 'invalid_request', error_description: 'grant_type is required' }],
  ['a page', 403, '<html><body>Access denied: refresh token is invalid</body></html>'],
  ['a page with 200', 200, '<!doctype html><title>Maintenance</title>'],
  ['nothing', 401, ''],
  ['a proxy', 401, { message: 'Unauthorized' }],
  ['a limit', 400, { error: 'rate_limited' }],
  ['Slack, of our app', 200, { ok: false, error: 'invalid_client_id' }],
  [
    'our secret',
    400,
    { error: 'invalid_request', error_description: 'client_secret is invalid or expired for this grant' },
  ],
  ['a bad minute', 400, { error: 'temporarily_unavailable' }],
  ['another address', 400, { error: 'redirect_uri_mismatch' }],
]

describe('a refused refresh', () => {
  for (const [who, status, body] of DEAD)
    it(`ends the grant: ${who}`, () => {
      const answer = said(status, body)
      assert.ok('error' in answer && answer.dead, JSON.stringify(answer))
    })
  for (const [why, status, body] of NOT_DEAD)
    it(`leaves the account alone: ${why}`, () => {
      const answer = said(status, body)
      assert.ok('error' in answer && !answer.dead, JSON.stringify(answer))
    })

  it('keeps a code as the reason, and never words', () => {
    const answer = said(400, { status: 'BAD_REFRESH_TOKEN', message: 'token xoxe-1-secret is invalid' })
    assert.deepEqual(answer, { error: 'BAD_REFRESH_TOKEN', dead: true })
  })
})

const slack = (more: object = {}) => ({
  ok: true,
  access_token: 'xoxb-bot',
  token_type: 'bot',
  refresh_token: 'xoxe-bot',
  authed_user: { id: 'U1', access_token: 'xoxp-dana', refresh_token: 'xoxe-dana', token_type: 'user', expires_in: 60 },
  ...more,
})

describe('an answer with several tokens', () => {
  const answer = (body: object, expected: Parameters<typeof tokenAnswer>[2]) =>
    tokenAnswer(200, Buffer.from(JSON.stringify(body)), expected)

  it('gives the one that is declared to be the person’s', () => {
    const given = answer(slack(), { personToken: 'authed_user' })
    assert.deepEqual(given, {
      access_token: 'xoxp-dana',
      refresh_token: 'xoxe-dana',
      expires_in: 60,
      scopes: undefined,
    })
  })

  it('is refused where nothing is declared', () => {
    assert.deepEqual(answer(slack(), {}), { error: 'ambiguous_tokens', dead: false })
    const listed = { access_token: 'a', tokens: [{ access_token: 'b' }] }
    assert.deepEqual(answer(listed, {}), { error: 'ambiguous_tokens', dead: false })
  })

  it('is refused where the bot’s token is the only one, or the declared one did not come', () => {
    const { authed_user: _, ...bot } = slack()
    assert.deepEqual(answer(bot, {}), { error: 'bot_token', dead: false })
    assert.deepEqual(answer(bot, { personToken: 'authed_user' }), { error: 'no_person_token', dead: false })
    assert.deepEqual(answer(bot, { personToken: 'authed_user', renewing: true }), {
      error: 'no_person_token',
      dead: false,
    })
    for (const personToken of ['__proto__', 'constructor', 'authed_user.id', 'ok'])
      assert.deepEqual(answer(slack(), { personToken }), { error: 'no_person_token', dead: false })
  })

  it('that renews the person’s token may hold it at the top', () => {
    const renewed = { ok: true, access_token: 'xoxp-2', refresh_token: 'xoxe-2', token_type: 'user' }
    const given = answer(renewed, { personToken: 'authed_user', renewing: true })
    assert.equal('access_token' in given && given.access_token, 'xoxp-2')
    assert.deepEqual(answer(renewed, { personToken: 'authed_user' }), { error: 'no_person_token', dead: false })
  })
})
