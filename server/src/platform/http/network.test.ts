import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkOf } from './index.ts'

test('an IPv6 host counts by its /64, and a mapped IPv4 address as itself', () => {
  assert.equal(networkOf('2001:db8:1:2:aaaa::1'), networkOf('2001:db8:1:2:ffff:1:2:3'))
  assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'))
  assert.equal(networkOf('::ffff:198.51.100.7'), '198.51.100.7')
  assert.equal(networkOf('fe80::1%lo'), networkOf('fe80::2'))
  assert.equal(networkOf('198.51.100.7'), '198.51.100.7')
})
