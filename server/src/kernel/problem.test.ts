import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PROBLEMS } from '@mandate/contract'
import { invalid, Problem, problemDocument } from './problem.ts'

test('a problem document names its page, its status and what to do, and not its cause', () => {
  const problem = new Problem('not_found', { cause: new Error('select secret from table') })
  const document = problemDocument(problem, 'https://id.example')
  assert.equal(document.type, 'https://id.example/docs/problems/not-found')
  assert.equal(document.status, 404)
  assert.equal(document.detail, PROBLEMS.not_found.sentence)
  assert.doesNotMatch(JSON.stringify(document), /secret|stack|problem\.ts/)
})

test('a refusal of input names the field and the rule', () => {
  const document = problemDocument(invalid('owners[0]', 'is not a known person'), '')
  assert.deepEqual(document.errors, [{ field: 'owners[0]', rule: 'is not a known person' }])
})

test('extensions cannot stand in for the members of the standard', () => {
  const problem = new Problem('forbidden', { extensions: { status: 200, type: 'x', reasons: ['r'] } })
  const document = problemDocument(problem, '')
  assert.equal(document.status, 403)
  assert.deepEqual(document.reasons, ['r'])
})
