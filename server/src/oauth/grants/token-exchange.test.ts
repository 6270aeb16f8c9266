import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import type { ManagedConnectionTerms, Mode } from '@mandate/contract'
import fc from 'fast-check'
import type { Agents } from '../../agents/index.ts'
import type { Resource } from '../../connections/index.ts'
import type { AgentId, UserId } from '../../kernel/ids.ts'
import { type AccessTokenClaims, actorsOf, readAccessToken } from '../access-token.ts'
import type { Audience } from '../audiences.ts'
import { issueAccessToken } from '../issue.ts'
import type { Keys, SigningKey } from '../keys.ts'
import { reachOf } from '../scopes.ts'
import type { Delegation } from '../store.ts'
import { type ExchangeRequest, type Exchanging, exchangeToken as exchange } from './token-exchange.ts'

/** What is issued; where a person must be asked, that reads as the refusal it is to the client. */
async function exchangeToken(given: Exchanging, client: string, request: ExchangeRequest) {
  const issued = await exchange(given, { client, attempt: 'evt_1' }, request)
  if ('waits' in issued) throw Object.assign(new Error('waits'), { error: 'interaction_required' })
  return issued
}

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const signing: SigningKey = { kid: 'k', alg: 'ES256', privateKey, publicKey, jwk: {} }
const keys: Keys = { signing, byKid: new Map([['k', signing]]), cookies: [] }
const issuer = 'https://id.example'
const NOW = Date.parse('2026-01-01T00:00:00Z')
const SCOPES = ['read', 'write', 'pay']
const AGENTS: AgentId[] = ['agt_a', 'agt_b', 'agt_c', 'agt_d']
const TYPE = 'urn:ietf:params:oauth:token-type:access_token'

interface World {
  /** Modes by agent, resource and scope. */
  modes?: Partial<Record<string, Record<string, Record<string, Mode>>>>
  delegates?: Partial<Record<string, string[]>>
  depth?: Partial<Record<string, number>>
  standing?: Partial<Record<string, string>>
  /** Which agent a resource is. */
  is?: Record<string, AgentId>
  mayActFor?: boolean
}

const everything = Object.fromEntries(SCOPES.map((scope) => [scope, 'auto' as Mode]))
const allowedEverywhere = Object.fromEntries(AGENTS.map((agent) => [agent, { one: everything, two: everything }]))

function world({ modes = allowedEverywhere, delegates = {}, depth = {}, standing = {}, is = {} }: World = {}) {
  const resources: Resource[] = ['one', 'two'].map((name) => ({
    id: `res_${name}`,
    identifier: `https://${name}.example`,
    name,
    scopes: SCOPES.map((scope) => ({ name: scope })) as never,
    agent: is[name] ?? null,
  }))
  const audience = (identifier: string): Audience | undefined => {
    if (identifier === `${issuer}/api`) return { kind: 'house', identifier, scopes: ['admin'], seconds: 600 }
    const resource = resources.find((known) => known.identifier === identifier)
    return resource && { kind: 'resource', identifier, scopes: SCOPES, seconds: 300, resource }
  }
  const terms = (agent: string, target: string): ManagedConnectionTerms | undefined => {
    const scopes = modes[agent]?.[target.slice(4)]
    return scopes && { scopes, default: 'never' }
  }
  const managed = {
    terms,
    targets: (agent: string) =>
      new Map(
        resources.flatMap(({ id }) => [terms(agent, id)].flatMap((found) => (found ? [[id, found]] : [])) as never),
      ),
  } as Exchanging['managed']
  const kept = new Map<string, Delegation>()
  const given: Exchanging = {
    keys,
    issuer,
    now: () => NOW,
    position: () => 10,
    managed,
    audiences: audience,
    agents: {
      standing: (id: string) => standing[id] ?? 'active',
      mayDelegateTo: (id: string) => new Set(delegates[id] ?? []),
      maxDepth: (id: string) => depth[id] ?? 4,
    } as unknown as Agents,
    verify(token) {
      const claims = readAccessToken(keys, issuer, token)
      return claims && claims.exp * 1000 > NOW ? { claims } : { fault: 'malformed' }
    },
    opaque: async () => undefined,
    approvals: {
      open: async ({ action }) => ({ id: `apr_${action.length}`, expires_at: new Date(NOW + 1000) }) as never,
      stateOf: async () => ({ state: 'pending', interval: 5 }),
      poll: async () => ({ state: 'unknown' }),
    },
    signInOf: async ({ sub }) => ({
      grant_id: 'grant',
      session_id: 'ses_1',
      user_id: sub as UserId,
      client_id: 'agt_a',
      expires_at: new Date(NOW + 3_600_000),
      position: 5,
    }),
    delegations: {
      check: () => undefined,
      mayActFor: async () => true,
      find: async (id) => kept.get(id),
      async first({ agent, user }) {
        const find = (target: string) => audience(resources.find(({ id }) => id === target)?.identifier ?? '')
        const delegation: Delegation = {
          id: `del_${kept.size}`,
          user_id: user,
          agent_id: agent,
          task: 'txn_1',
          resources: reachOf(managed, agent, find, NOW),
          expires_at: NOW + 3_600_000,
          position: 5,
        }
        kept.set(delegation.id, delegation)
        return delegation
      },
    },
  }
  const subject = (more: Partial<Parameters<typeof issueAccessToken>[1]> = {}) =>
    issueAccessToken(given, {
      sub: 'usr_dana',
      audience: `${issuer}/api`,
      client: 'agt_a',
      scopes: [],
      seconds: 300,
      position: 5,
      links: ['grant'],
      session: 'ses_1',
      ...more,
    }).token
  return { given, subject, kept }
}

const ask = (subject_token: string, more: ExchangeRequest = {}): ExchangeRequest => ({
  subject_token,
  subject_token_type: TYPE,
  resource: 'https://one.example',
  ...more,
})
const refused = (code: string) => (error: { error?: string }) => {
  assert.equal(error.error, code)
  return true
}

test('an agent trades a sign-in for a token that names the person, itself, the task and the ceiling', async () => {
  const { given, subject } = world()
  const { claims } = await exchangeToken(given, 'agt_a', ask(subject(), { scope: 'read' }))
  assert.equal(claims.sub, 'usr_dana')
  assert.deepEqual(claims.act, { sub: 'agt_a', iss: issuer, sub_profile: 'ai_agent' })
  assert.equal(claims.aud, 'https://one.example')
  assert.equal(claims.scope, 'read')
  assert.equal(claims.txn, 'txn_1')
  assert.equal(claims.pos, 5)
  assert.ok(claims.lin.includes('grant') && claims.lin.includes('agt_a@res_one'))
})

test('a subject token that was not meant for this agent is refused', async () => {
  const { given, subject } = world()
  await assert.rejects(exchangeToken(given, 'agt_b', ask(subject())), refused('invalid_request'))
})

test('a token addressed to a resource that the agent is, or that names it in may_act, may be exchanged', async () => {
  const { given, subject } = world({ is: { two: 'agt_b' } })
  const addressed = subject({ client: 'cli_app', audience: 'https://two.example' })
  assert.equal((await exchangeToken(given, 'agt_b', ask(addressed))).claims.act?.sub, 'agt_b')
  await assert.rejects(exchangeToken(given, 'agt_c', ask(addressed)), refused('invalid_request'))
  const named = subject({ client: 'cli_app', mayAct: 'agt_c' })
  assert.equal((await exchangeToken(given, 'agt_c', ask(named))).claims.act?.sub, 'agt_c')
})

test('only an active agent exchanges, and only a person is spoken for', async () => {
  const { given, subject } = world({ standing: { agt_a: 'suspended' } })
  await assert.rejects(exchangeToken(given, 'agt_a', ask(subject())), refused('unauthorized_client'))
  await assert.rejects(exchangeToken(given, 'cli_app', ask(subject())), refused('unauthorized_client'))
  const own = world()
  const token = own.subject({ sub: 'agt_a' })
  await assert.rejects(exchangeToken(own.given, 'agt_a', ask(token)), refused('invalid_request'))
})

test('the house itself is no target, unknown targets and two different ones are refused', async () => {
  const { given, subject } = world()
  for (const request of [
    { resource: `${issuer}/api` },
    { resource: 'https://nowhere.example' },
    { resource: undefined },
    { resource: 'https://one.example', audience: 'https://two.example' },
  ])
    await assert.rejects(exchangeToken(given, 'agt_a', ask(subject(), request)), refused('invalid_target'))
})

test('never is invalid_scope, approval is interaction_required, and asking for nothing gives what is auto', async () => {
  const one = { read: 'auto', write: 'approval', pay: 'never' } as const
  const { given, subject } = world({ modes: { agt_a: { one } } })
  await assert.rejects(exchangeToken(given, 'agt_a', ask(subject(), { scope: 'pay' })), refused('invalid_scope'))
  await assert.rejects(
    exchangeToken(given, 'agt_a', ask(subject(), { scope: 'write' })),
    refused('interaction_required'),
  )
  await assert.rejects(exchangeToken(given, 'agt_a', ask(subject(), { scope: 'nothing' })), refused('invalid_scope'))
  assert.equal((await exchangeToken(given, 'agt_a', ask(subject()))).claims.scope, 'read')
})

test('token types are checked, and an actor token proves an agent only when it is of its own business', async () => {
  const { given, subject } = world({ delegates: { agt_a: ['agt_b'] } })
  const token = subject()
  for (const wrong of [
    { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
    { actor_token: token },
    { actor_token_type: TYPE },
    { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
    { actor_token: token, actor_token_type: TYPE },
    { actor_token: 'rubbish', actor_token_type: TYPE },
    { subject_token: 'rubbish' },
    { subject_token: undefined },
  ])
    await assert.rejects(exchangeToken(given, 'agt_a', ask(token, wrong)), refused('invalid_request'))
})

test('an earlier agent must have allowed the next one, and no agent stands twice in a chain', async () => {
  const { given, subject } = world({ is: { two: 'agt_b' } })
  const parent = subject({ audience: 'https://two.example', chain: ['agt_a'] })
  await assert.rejects(exchangeToken(given, 'agt_b', ask(parent)), refused('access_denied'))
  const loop = world({ is: { two: 'agt_b' }, delegates: { agt_a: ['agt_b'] } })
  const twice = loop.subject({ audience: 'https://two.example', chain: ['agt_a', 'agt_b'] })
  await assert.rejects(exchangeToken(loop.given, 'agt_b', ask(twice)), refused('access_denied'))
})

test('depth is capped by the strictest agent of the chain', async () => {
  const chain = { is: { two: 'agt_b' as const }, delegates: { agt_a: ['agt_b'] } }
  const deep = world({ ...chain, depth: { agt_a: 1 } })
  const parent = deep.subject({ audience: 'https://two.example', chain: ['agt_a'] })
  await assert.rejects(exchangeToken(deep.given, 'agt_b', ask(parent)), refused('invalid_request'))
})

// The rule that everything rests on: whatever the world, whatever is asked, a hop never gives more than it had.
const mode = fc.constantFrom<Mode>('auto', 'approval', 'never')
const scopeModes = fc.record({ read: mode, write: mode, pay: mode })
const anyModes = fc.dictionary(fc.constantFrom(...AGENTS), fc.record({ one: scopeModes, two: scopeModes }))

test('every hop narrows: scopes, resources, expiry and links, over random worlds and roads', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyModes,
      fc.array(fc.record({ to: fc.constantFrom(...AGENTS), scope: fc.option(fc.subarray(SCOPES, { minLength: 1 })) }), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.integer({ min: 1, max: 600 }),
      async (modes, hops, seconds) => {
        const delegates = Object.fromEntries(AGENTS.map((agent) => [agent, AGENTS]))
        const base = world({ modes, delegates })
        let token = base.subject({ seconds })
        let before: AccessTokenClaims | undefined
        let holder: AgentId = 'agt_a'
        for (const { to, scope } of hops) {
          // The next agent is the resource it was sent to.
          const next = world({ modes, delegates, is: { two: to, one: to } })
          const given = { ...next.given, delegations: base.given.delegations }
          holder = before ? to : 'agt_a'
          const request = ask(token, { resource: 'https://one.example', scope: scope?.join(' ') })
          const issued = await exchangeToken(given, holder, request).catch((error: { error?: string }) => {
            assert.ok(error.error, String(error))
            return undefined
          })
          if (!issued) return
          const { claims } = issued
          const subject = before ?? readAccessToken(keys, issuer, token)
          assert.ok(subject)
          const chain = actorsOf(claims.act)
          assert.equal(claims.sub, 'usr_dana')
          assert.equal(chain[0], holder)
          assert.deepEqual(chain.slice(chain[0] === actorsOf(subject.act)[0] ? 0 : 1), actorsOf(subject.act))
          assert.ok(claims.exp <= subject.exp)
          assert.ok(claims.pos <= subject.pos)
          for (const link of [...subject.lin, subject.jti]) assert.ok(claims.lin.includes(link))
          for (const granted of claims.scope?.split(' ') ?? []) {
            for (const agent of chain) assert.equal(modes[agent]?.one[granted as 'read'], 'auto', `${agent} ${granted}`)
            if (scope) assert.ok(scope.includes(granted))
          }
          if (before) {
            assert.equal(claims.del, before.del)
            for (const granted of claims.scope?.split(' ') ?? [])
              assert.ok(before.scope?.split(' ').includes(granted), `${granted} was not held`)
          }
          before = claims
          token = issued.token
        }
      },
    ),
    { numRuns: 400 },
  )
})
