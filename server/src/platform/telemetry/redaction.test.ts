// A canary put in every kind of place never comes out; what operators need does.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { redact } from './redaction.ts'
import { isSecretName } from './secret-names.ts'
import { redactText } from './secret-shapes.ts'

// Written in pieces, so that no scanner takes this file for a leak.
const join = (...parts: string[]) => parts.join('')
const CANARY = 'Canary4711Canary4711Canary4711Canary4711'
const PEM = join('-----BEGIN PRIVATE', ` KEY-----\n${CANARY}\n${CANARY}\n-----END PRIVATE`, ' KEY-----')

const SHAPES: Record<string, string> = {
  jwt: join('eyJ', 'hbGciOiJFUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.', CANARY),
  'encrypted jwt': join('eyJ', 'hbGciOiJkaXIifQ..', CANARY, '.', CANARY, '.', CANARY),
  'our own secret': join('mdt', '_agent_', CANARY),
  'our sealed value': `s1.0123456789abcdef.${CANARY}${CANARY}.${CANARY}`,
  'AWS key id': join('AK', 'IACANARY4711CANAR'),
  'AWS temporary key id': join('AS', 'IACANARY4711CANAR'),
  'OpenAI key': join('sk', '-proj-', CANARY),
  'Anthropic key': join('sk', '-ant-api03-', CANARY),
  'GitHub token': join('ghp', '_', CANARY),
  'GitHub fine-grained token': join('github', '_pat_', CANARY),
  'GitLab token': join('glp', 'at-', CANARY),
  'Slack token': join('xox', 'b-4711-', CANARY),
  'Slack rotating token': join('xoxe.', 'xoxp-1-', CANARY),
  'Slack hook': join('https://hooks.slack', '.com/services/T0/B0/', CANARY),
  'Stripe key': join('sk', '_live_', CANARY),
  'Stripe hook secret': join('wh', 'sec_', CANARY),
  'Google key': join('AI', 'za', CANARY),
  'Google access token': join('ya', '29.', CANARY),
  'Google refresh token': join('1/', '/0', CANARY),
  'Google client secret': join('GOC', 'SPX-', CANARY),
  'npm token': join('npm', '_', CANARY),
  'SendGrid key': join('S', 'G.', CANARY, '.', CANARY),
  'private key': PEM,
  'private key on one line': PEM.replaceAll('\n', '\\n'),
  'private key cut short': PEM.slice(0, 80),
  'bearer header': `Authorization: Bearer ${CANARY}`,
  bearer: `bearer ${CANARY}`,
  basic: `Basic ${Buffer.from(`user:${CANARY}`).toString('base64')} ${CANARY}`.slice(0, 40),
  'cookie header': `GET / HTTP/1.1\r\nCookie: sid=${CANARY}; theme=${CANARY}\r\nhost: x`,
  'userinfo of a URL': `https://user:${CANARY}@example.com/path`,
  'user of a URL': `https://${CANARY}@example.com/path`,
  'database URL': `postgres://mandate:${CANARY}@db/mandate`,
  'database URL that forgot to escape': `postgres://mandate:p#/?${CANARY}@db/mandate`,
  'query parameter': `https://example.com/cb?state=1&code=${CANARY}&access_token=${CANARY}#id_token=${CANARY}`,
  'form body': `code=${CANARY}&client_secret=${CANARY}&client_assertion=${CANARY}&code_verifier=${CANARY}`,
  'connection string': `host=db user=me password=${CANARY} port=1`,
  'quoted connection string': `password='${CANARY}'`,
  'command line': `tool --api-key=${CANARY}`,
  'JSON in text': `got {"client_secret": "${CANARY}", "refresh_token":"${CANARY}"}`,
  'JSON in JSON': JSON.stringify(JSON.stringify({ password: CANARY, nested: { apiKey: CANARY } })),
  'JSON thrice': JSON.stringify(JSON.stringify(JSON.stringify({ password: CANARY }))),
  'JSON list': `{"set-cookie":["${CANARY}"]}`,
  'private JWK in text': `{"kty":"EC","d":"${CANARY}"}`,
  prose: `the password: ${CANARY} was wrong`,
  'presigned URL': `https://b.s3.amazonaws.com/k?X-Amz-Signature=${CANARY}`,
}
const FORBIDDEN = [CANARY, 'IACANARY4711CANAR']
const silent = (shown: unknown, where: string) => {
  const text = typeof shown === 'string' ? shown : JSON.stringify(shown)
  for (const canary of FORBIDDEN) assert.ok(!text.includes(canary), `${where}: ${text}`)
  assert.ok(!text.includes(Buffer.from(`user:${CANARY}`).toString('base64').slice(0, 30)), `${where}: ${text}`)
}

const SECRET_FIELDS =
  `authorization Authorization proxy-authorization cookie Cookie set-cookie cookies password Password
  userPassword password_hash passwd pwd passphrase secret client_secret clientSecret CLIENT_SECRET secrets token tokens
  access_token accessToken refresh_token id_token id_token_hint subject_token actor_token login_hint_token x-auth-token
  credential credentials assertion client_assertion api_key apiKey apikey X-API-Key private_key privateKey access_key
  secretAccessKey masterKey signing_key code authorization_code user_code device_code code_verifier codeVerifier jwt
  dpop otp pin MANDATE_MASTER_KEY MANDATE_BOOTSTRAP_CLIENT_SECRET webhook_secret_v2 plaintext sealed recovery_codes
  totpSecret csrf_token registration_access_token`.split(/\s+/)

const HARMLESS_FIELDS = `token_type token_endpoint tokenId expires_in grant_type client_id clientId password_changed_at
  token_endpoint_auth_method token_endpoint_auth_methods_supported authorization_endpoint authorization_servers
  authorization_details credential_id code_challenge subject_token_type secret_version token_count key keyId
  connection scope action status passenger compass tokenizer monkey`.split(/\s+/)

describe('field names', () => {
  it('say what is secret, in any case and with any separator', () => {
    for (const name of SECRET_FIELDS) silent(redact({ [name]: `x ${CANARY}` }), name)
    for (const name of SECRET_FIELDS) silent(redact({ [name]: { deep: [CANARY] } }), name)
  })

  it('do not hide facts about secrets', () => {
    for (const name of HARMLESS_FIELDS) assert.deepEqual(redact({ [name]: 'fact' }), { [name]: 'fact' }, name)
  })

  it('hide a code unless it is a machine word for what went wrong', () => {
    for (const code of ['ECONNREFUSED', 'ERR_TLS_CERT', 'not_found', 'token_vault.connection_expired', 404]) {
      assert.deepEqual(redact({ code }), { code })
    }
    for (const code of ['BDWPHQPK', 'BDWP-HQPK', '123456', 123456, 'aBcDeF', 'kx7', 'x'.repeat(43)]) {
      assert.deepEqual(redact({ code }), { code: '[redacted]' })
    }
  })

  it('hide numbers and bytes too, but not that there is something', () => {
    assert.deepEqual(redact({ password: 123456, secret: Buffer.from(CANARY), token: true, otp: null }), {
      password: '[redacted]',
      secret: '[redacted]',
      token: true,
      otp: null,
    })
    assert.deepEqual(redact({ usage: { max_tokens: 512, inputTokens: 3 } }), {
      usage: { max_tokens: 512, inputTokens: 3 },
    })
  })

  it('from outside do not fill the memory of names', () => {
    for (let i = 0; i < 10_000; i++) isSecretName(`field${i}`)
    assert.ok(isSecretName('password') && !isSecretName('field1'))
  })
})

describe('text', () => {
  for (const [kind, text] of Object.entries(SHAPES)) {
    it(`loses a ${kind}, wherever it stands`, () => {
      for (const place of [text, `before ${text}`, `before ${text} after`, `("${text}")`, `[${text}]`, `é✓${text}`]) {
        silent(redactText(place), place)
      }
    })
  }

  it('loses a shape even when it is glued to other text', () => {
    for (const kind of ['jwt', 'our own secret', 'GitHub token', 'Google key', 'AWS key id']) {
      silent(redactText(`x${SHAPES[kind]}y`), kind)
    }
  })

  it('loses two secrets that are glued to each other', () => {
    const kinds = Object.keys(SHAPES).filter((kind) => /token|key$|key id|jwt|our own secret|private key$/.test(kind))
    assert.ok(kinds.length > 10)
    for (const a of kinds) for (const b of kinds) silent(redactText(`${SHAPES[a]}${SHAPES[b]}`), `${a} + ${b}`)
  })

  it('stays as it is when it has no secret', () => {
    for (const text of [
      '',
      'agt_01jd3v9k5m7n8p9q0r1s2t3v4w',
      'The agent Refund bot asked to send 1,240.00 to Acme.',
      'GET /api/v1/agents?limit=20&cursor=abc',
      'https://example.com:8443/path?state=x#frag',
      'https://registry.example/@scope/package',
      'Bearer token missing',
      'Bearer realm="mandate", error="invalid_token"',
      'Basic authentication is not supported',
      'process ended with exit code=1',
      'failed: code=ECONNREFUSED, code=ERR_TLS_X, code=not_found',
      'invalid token: expired',
      'risk-assessment-engine-for-the-monkeys',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'at Object.<anonymous> (file:///app/server/src/platform/sealing/master-key.ts:91:12)',
      '2026-11-24T03:18:23.000Z',
    ]) {
      assert.equal(redactText(text), text)
    }
  })

  it('keeps what surrounds a secret', () => {
    assert.equal(redactText(`https://me:${CANARY}@example.com/a`), 'https://[redacted]@example.com/a')
    assert.equal(redactText(`/cb?state=1&code=${CANARY}&x=2`), '/cb?state=1&code=[redacted]&x=2')
    assert.equal(redactText(`Authorization: Bearer ${CANARY}\nnext`), 'Authorization: [redacted]\nnext')
  })

  it('loses a secret among anything else', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...Object.values(SHAPES)), fc.string(), (before, secret, after) => {
        silent(redactText(`${before} ${secret} ${after}`), JSON.stringify([before, secret, after]))
      }),
    )
  })

  it('is the same when redacted again', () => {
    for (const text of Object.values(SHAPES)) {
      for (const place of [text, `before ${text} after`, `("${text}")`, JSON.stringify({ note: text })]) {
        const once = redactText(place)
        assert.equal(redactText(once), once)
      }
    }
  })

  it('takes no longer than linear time, whoever wrote it', () => {
    const hostile =
      `eyJ eyJ. sk- sk_live_ -----BEGIN PRIVATE KEY----- :// x:// a:// password token token= "token" code= ?code=
      Bearer bearer\t authorization: cookie \\ " ' [ SG. s1. xoxb- AKIA ya29. a-a_ = & eyJa.`.split(/\s+/)
    for (const piece of [...hostile, 'token ', 'bearer ', 'password  ', 'cookie :', '"token"\\']) {
      const text = piece.repeat(Math.ceil(100_000 / piece.length))
      const from = performance.now()
      redactText(text)
      const took = performance.now() - from
      assert.ok(took < 500, `${JSON.stringify(piece)} took ${Math.round(took)} ms`)
    }
  })
})

describe('values', () => {
  const secret = SHAPES.jwt ?? ''

  it('lose secrets at any depth and in any container', () => {
    class Held {
      note = secret
      password = CANARY
    }
    const cause = Object.assign(new Error(`no: ${secret}`), { config: { headers: { Authorization: CANARY } } })
    for (const [kind, value] of Object.entries({
      nested: { a: [{ b: { c: [{ d: secret, password: CANARY }] } }] },
      map: new Map<string, unknown>([
        ['token', CANARY],
        ['x', secret],
      ]),
      'map with a secret key': new Map([[secret, 1]]),
      'map keyed by objects': new Map([[{ password: CANARY }, 1]]),
      set: new Set([secret]),
      instance: new Held(),
      url: new URL(`https://u:${CANARY}@example.com/?token=${CANARY}`),
      'search parameters': new URLSearchParams({ code: CANARY, client_secret: CANARY }),
      headers: new Headers({ authorization: CANARY, cookie: CANARY, 'x-api-key': CANARY }),
      'raw headers': ['Host', 'x', 'Authorization', CANARY, 'Cookie', CANARY, 'X-Api-Key', CANARY],
      arguments: ['run', '--client-secret', CANARY, '--token', CANARY],
      'name and value': [
        { name: 'Authorization', value: CANARY },
        { key: 'db.password', value: { text: CANARY } },
      ],
      'private key set': {
        keys: [
          { kty: 'EC', crv: 'P-256', x: 'x', d: CANARY },
          { kty: 'oct', k: CANARY },
        ],
      },
      'field name': { [secret]: 1 },
      toJSON: { toJSON: () => ({ password: CANARY, note: secret }) },
      symbol: Symbol(secret),
      bytes: { raw: Buffer.from(CANARY), view: new Uint8Array(Buffer.from(CANARY)) },
      error: new Error(`failed with ${secret}`, { cause }),
      'error in a list': [new AggregateError([cause], secret)],
      'error with a secret code': Object.assign(new Error('x'), { code: secret, token: CANARY }),
      'hidden __proto__': JSON.parse(`{"__proto__":{"password":"${CANARY}"}}`),
    })) {
      silent(redact(value) ?? '', kind)
    }
  })

  it('keep what an operator needs of an error', () => {
    const error = Object.assign(new TypeError('connect failed', { cause: new Error('why') }), {
      code: '23505',
      port: 5432,
    })
    const shown = redact(error) as Record<string, unknown>
    assert.deepEqual(
      [shown.type, shown.message, shown.code, shown.port],
      ['TypeError', 'connect failed', '23505', 5432],
    )
    assert.match(String(shown.stack), /redaction\.test\.ts/)
    assert.equal((shown.cause as { message: string }).message, 'why')
  })

  it('end on cycles, depth, size, and things that cannot be read', () => {
    const loop: Record<string, unknown> = { a: 1 }
    loop.self = loop
    assert.deepEqual(redact(loop), { a: 1, self: '[circular]' })
    const same = { x: 1 }
    assert.deepEqual(redact([same, same]), [{ x: 1 }, { x: 1 }])
    let deep: unknown = CANARY
    for (let i = 0; i < 100_000; i++) deep = [deep]
    silent(redact(deep), 'deep')
    assert.ok(JSON.stringify(redact(Array.from({ length: 1_000_000 }, () => 'x'))).length < 50_000)
    const trap = new Proxy({}, { ownKeys: () => assert.fail('no') })
    assert.deepEqual(redact({ trap, toJSON: 5 }), { trap: '[unreadable]', toJSON: 5 })
  })

  it('are not changed, and come back equal when they have no secret', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false, maxDepth: 4 }), (value) => {
        const before = JSON.stringify(value)
        const shown = JSON.stringify(redact(value))
        assert.equal(JSON.stringify(value), before)
        if (!/[=:]|pass|code|key/i.test(before)) assert.equal(shown, before)
      }),
    )
    const frozen = Object.freeze({ password: CANARY, list: Object.freeze([secret]) })
    silent(redact(frozen), 'frozen')
  })
})
