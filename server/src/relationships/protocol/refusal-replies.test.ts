// Every problem of the house has a form of OpenFGA's, whether an operation refused or nothing was reached.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PROBLEMS, type ProblemCode } from '@mandate/contract'
import { Problem } from '../../kernel/problem.ts'
import { Refusal } from './problems.ts'
import { refusalReply, unreached } from './refusal-replies.ts'

test('a token that is missing, does not hold here, or whose holder is no longer let in, is told apart', () => {
  const codeOf = (fault?: string) => {
    const { status, code } = refusalReply(new Problem('unauthenticated', { ...(fault !== undefined && { fault }) }))
    assert.equal(status, 401)
    return code
  }
  assert.equal(codeOf('missing'), 'bearer_token_missing')
  for (const fault of ['malformed', 'expired', 'other_audience']) assert.equal(codeOf(fault), 'invalid_claims', fault)
  for (const fault of ['revoked', 'agent_not_active', 'user_not_active', 'client_unknown', undefined])
    assert.equal(codeOf(fault), 'unauthenticated', fault)
})

test('every problem has a status and a code that OpenFGA has', () => {
  const statuses = new Set([400, 401, 403, 404, 409, 429, 500, 502, 503, 504])
  const codes = Object.keys(PROBLEMS) as ProblemCode[]
  assert.ok(codes.length > 10)
  for (const code of codes)
    for (const said of [refusalReply(new Problem(code)), unreached(new Problem(code))]) {
      assert.ok(statuses.has(said.status), `${code}: ${said.status}`)
      assert.match(said.code, /^[a-zA-Z_]+$/)
      assert.notEqual(said.message, '')
      // What clients repeat is what may go better the next time.
      if (PROBLEMS[code].status < 500) assert.ok(said.status < 500, code)
    }
})

test('a refusal of this room keeps its own code, also where a store is not found', () => {
  assert.deepEqual(refusalReply(new Refusal('invalid_tuple', 'Invalid tuple')), {
    ...{ status: 400, code: 'invalid_tuple', message: 'Invalid tuple' },
  })
  assert.equal(refusalReply(new Problem('not_found')).code, 'store_id_not_found')
  assert.equal(unreached(new Problem('not_found')).code, 'undefined_endpoint')
})
