// Whose request it is: nobody may say so but a trusted proxy, in the header that it writes.
import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { clientAddress, rangeOf } from './client-address.ts'

const PROXIES = ['10.0.0.0/8', '2001:db8:f::/48', '192.0.2.1']

function from(peer: string | undefined, headers: Record<string, string>, header: 'x-forwarded-for' | 'forwarded') {
  const request = { socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage
  return clientAddress({ networks: PROXIES, header })(request)
}
const xff = (peer: string | undefined, value: string) => from(peer, { 'x-forwarded-for': value }, 'x-forwarded-for')
const forwarded = (peer: string, value: string) => from(peer, { forwarded: value }, 'forwarded')

test('what an untrusted peer says of the address counts for nothing', () => {
  assert.equal(xff('198.51.100.7', '203.0.113.9'), undefined)
  assert.equal(xff('11.0.0.1', '203.0.113.9'), undefined)
  assert.equal(xff(undefined, '203.0.113.9'), undefined)
})

test('the right-most address that is no proxy counts, whatever stands left of it', () => {
  assert.equal(xff('10.1.2.3', '203.0.113.9'), '203.0.113.9')
  assert.equal(xff('10.1.2.3', '1.1.1.1, 203.0.113.9'), '203.0.113.9')
  assert.equal(xff('10.1.2.3', '1.1.1.1, 203.0.113.9, 10.9.9.9,192.0.2.1'), '203.0.113.9')
  assert.equal(xff('::ffff:10.1.2.3', '203.0.113.9'), '203.0.113.9')
  assert.equal(xff('2001:db8:f::1', '2001:db8:a::5'), '2001:db8:a::5')
  assert.equal(xff('10.1.2.3', '10.0.0.7, 10.0.0.8'), '10.0.0.7')
})

test('ports and brackets are no part of an address', () => {
  assert.equal(xff('10.1.2.3', '203.0.113.9:4711'), '203.0.113.9')
  assert.equal(xff('10.1.2.3', '[2001:db8:a::5]:4711'), '2001:db8:a::5')
})

test('what is no address ends the search at the proxy that passed it on', () => {
  for (const hop of ['', 'unknown', '_hidden', '1.1.1.1; evil', '999.1.1.1', 'localhost', '1.1.1.1 2.2.2.2'])
    assert.equal(xff('10.1.2.3', `203.0.113.9, ${hop}`), '10.1.2.3', hop)
  assert.equal(xff('10.1.2.3', '203.0.113.9, unknown, 10.0.0.5'), '10.0.0.5')
})

test('the other header is not read', () => {
  assert.equal(from('10.1.2.3', { forwarded: 'for=203.0.113.9' }, 'x-forwarded-for'), '10.1.2.3')
  assert.equal(from('10.1.2.3', { 'x-forwarded-for': '203.0.113.9' }, 'forwarded'), '10.1.2.3')
})

test('Forwarded is read as RFC 7239 writes it', () => {
  assert.equal(forwarded('10.1.2.3', 'for=203.0.113.9;proto=https;by=10.0.0.1'), '203.0.113.9')
  assert.equal(forwarded('10.1.2.3', 'proto=https; For="[2001:db8:a::5]:4711"'), '2001:db8:a::5')
  assert.equal(forwarded('10.1.2.3', 'for=1.1.1.1, for=203.0.113.9, for=10.0.0.4'), '203.0.113.9')
  assert.equal(forwarded('10.1.2.3', 'for=203.0.113.9, for=_hidden'), '10.1.2.3')
  assert.equal(forwarded('10.1.2.3', 'xfor=203.0.113.9'), '10.1.2.3')
})

test('addresses and ranges are told from other text', () => {
  for (const text of ['10.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32']) assert.ok(rangeOf(text), text)
  for (const text of ['', 'loopback', '10.0.0.0/33', '10.0.0.0/', 'example.com']) assert.equal(rangeOf(text), undefined)
})
