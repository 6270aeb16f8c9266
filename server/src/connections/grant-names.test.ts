// Grants that no call would match are refused when they are written, with the name that was meant.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseOperation } from '@mandate/contract'
import { grantNameRule } from './grant-names.ts'
import { indexOperations } from './operation-index.ts'

const names = ['GET /orders/{id}', 'GET /orders', 'POST /orders/{id}/refund', 'GET /Accounts/{Sid}.json']
const api = {
  kind: 'http' as const,
  tools: new Map(names.map((name) => [name, {}])),
  operations: indexOperations(names.map(parseOperation)),
}

describe('a grant', () => {
  for (const name of [...names, 'GET /health', 'DELETE /orders/42'])
    it(`may name ${name}`, () => assert.equal(grantNameRule(api, name), undefined))

  for (const [name, rule] of [
    ['GET /order/{id}', 'no operation `GET /order/{id}`; did you mean `GET /orders/{id}`'],
    ['GET /orders/{order}', 'no operation `GET /orders/{order}`; did you mean `GET /orders/{id}`'],
    ['GET /order', 'no operation `GET /order`; did you mean `GET /orders`'],
    ['GET /something/else/{x}', 'no operation `GET /something/else/{x}`; declare it in tools of the connection first'],
    ['GET /orders/42', 'is the operation `GET /orders/{id}`; grant that one'],
    ['GET /Orders', 'differs from GET /orders only in case or in a slash at its end'],
    ['get /orders', 'must be a tool name, or METHOD /path with an upper-case method'],
    ['refund', 'must be a tool name, or METHOD /path with an upper-case method'],
    ['GET /orders/../x', 'must have no dot segment'],
  ] as const)
    it(`may not name ${name}`, () => assert.equal(grantNameRule(api, name), rule))

  it('may name any tool of an MCP server', () =>
    assert.equal(grantNameRule({ ...api, kind: 'mcp' }, 'Summarize Detection'), undefined))
})
