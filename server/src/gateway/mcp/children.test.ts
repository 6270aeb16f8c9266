// The cap on programs, and that it cannot be worn out.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Problem } from '../../kernel/problem.ts'
import { createChildren } from './children.ts'

it('no more programs than allowed run at once, and each that ended makes room for one', () => {
  const children = createChildren(2)
  const first = children.start((ended) => ended)
  children.start((ended) => ended)
  const refused = (error: Problem) => error.code === 'rate_limited'
  assert.throws(() => children.start(() => undefined), refused)
  first()
  first()
  children.start(() => undefined)
  assert.throws(() => children.start(() => undefined), refused)
})

it('one that could not be started does not count', () => {
  const children = createChildren(1)
  for (let tried = 0; tried < 3; tried++)
    assert.throws(
      () =>
        children.start(() => {
          throw new Error('no such folder')
        }),
      /no such folder/,
    )
})
