// The table of addresses and URLs that must not be reached, and the ones that may.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isPublicAddress } from './addresses.ts'
import { allowedHosts } from './allowed-hosts.ts'
import { OutboundFailed, OutboundRefused, type RefusedReason } from './errors.ts'
import { addressesOf, target } from './target.ts'

const FORBIDDEN: Record<string, readonly string[]> = {
  'this host': ['0.0.0.0', '0.1.2.3', '::'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  private: ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255'],
  'link-local and metadata': ['169.254.0.1', '169.254.169.254', '169.254.170.2', 'fe80::1', 'febf::1', 'fe80::1%eth0'],
  'metadata elsewhere': ['168.63.129.16', '100.100.100.200', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.255'],
  'protocol assignments': ['192.0.0.1', '192.0.0.170', '192.88.99.1', '192.31.196.1', '192.52.193.1', '192.175.48.1'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  benchmarking: ['198.18.0.1', '198.19.255.255', '2001:2::1'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'],
  'reserved and broadcast': ['240.0.0.1', '255.255.255.254', '255.255.255.255'],
  'unique-local': ['fc00::1', 'fd12:3456:789a::1', 'fdff:ffff::1'],
  'site-local': ['fec0::1'],
  'IPv4-mapped': ['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '::ffff:8.8.8.8', '0:0:0:0:0:ffff:7f00:1'],
  'IPv4-compatible': ['::127.0.0.1', '::10.0.0.1', '::7f00:1', '::8.8.8.8'],
  'IPv4-translated': ['::ffff:0:127.0.0.1', '::ffff:0:a00:1'],
  '6to4': ['2002:7f00:1::', '2002:a00:1::1', '2002:808:808::1'],
  Teredo: ['2001::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  'NAT64 of what is private': [
    '64:ff9b::127.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b::169.254.169.254',
    '64:ff9b::a83f:8110',
  ],
  'local-use NAT64': ['64:ff9b:1::808:808', '64:ff9b:1::a00:1'],
  'ISATAP of what is private': ['2600::5efe:a00:1', '2600::200:5efe:127.0.0.1'],
  'ORCHID, discard, segment routing': ['2001:10::1', '2001:20::1', '100::1', '5f00::1'],
  unassigned: ['4000::1', '8000::1', 'e000::1'],
  unreadable: ['', 'localhost', '1.2.3', '010.8.8.8', '0x8.8.8.8', '1.2.3.4.5', '256.1.1.1', ':::', '127.0.0.1/8'],
}

const PUBLIC = ['8.8.8.8', '1.1.1.1', '172.15.255.255', '172.32.0.1', '192.167.1.1', '100.63.255.255', '100.128.0.1']
const PUBLIC_6 = ['2606:4700:4700::1111', '2a00:1450:4001::8a', '64:ff9b::8.8.8.8', '2600::5efe:808:808']

const nothing = allowedHosts([])
const refusal = (reason: RefusedReason) => (error: unknown) => {
  assert.ok(error instanceof OutboundRefused, String(error))
  assert.equal(error.reason, reason, error.message)
  return true
}

describe('addresses', () => {
  for (const [kind, addresses] of Object.entries(FORBIDDEN)) {
    it(`refuses ${kind}`, () => {
      for (const address of addresses) assert.equal(isPublicAddress(address), false, address)
    })
  }

  it('lets the public internet through', () => {
    for (const address of [...PUBLIC, ...PUBLIC_6]) assert.equal(isPublicAddress(address), true, address)
  })

  it('refuses them as literals in a URL too', () => {
    const { unreadable, ...readable } = FORBIDDEN
    assert.ok(unreadable)
    for (const address of Object.values(readable).flat()) {
      if (address.includes('%')) continue
      const url = `https://${address.includes(':') ? `[${address}]` : address}/`
      assert.throws(() => target(url, nothing), refusal('address'), url)
    }
  })
})

describe('URLs', () => {
  it('see through every spelling of an IPv4 address', () => {
    for (const host of [
      '2130706433',
      '0x7f000001',
      '0x7f.1',
      '0177.0.0.1',
      '017700000001',
      '127.1',
      '127.0.1',
      '127.0.0.1.',
      '0xa9fea9fe',
      '0251.0376.0251.0376',
      '%31%32%37.0.0.1',
      '１２７.0.0.1',
      '127。0。0。1',
      '①②⑦.0.0.1',
      '0',
      '0x0',
    ]) {
      assert.throws(() => target(`https://${host}/`, nothing), refusal('address'), host)
    }
  })

  it('are https, without user, tricks or trailing dots', () => {
    for (const url of [
      'ftp://example.com/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'data:text/plain,x',
      'gopher://example.com:70/_x',
      'blob:https://example.com/x',
      'ws://example.com/',
      'https://user@example.com/',
      'https://user:secret@example.com/',
      'https://:@example.com/',
      'https://@example.com/',
      'https:user@example.com',
      'https://example.com./',
      'https://localhost./',
      'https://example.com\\@evil.example/',
      'https:\\\\example.com\\',
      ' https://example.com/',
      'https://exam\tple.com/',
      'https://example.com/\r\nx: y',
      'https://example.com/a b',
      'https://',
      '//example.com/',
      'example.com',
      '',
      `https://example.com/${'a'.repeat(20_000)}`,
      'https://example.com:99999/',
      'https://exa<mple.com/',
    ]) {
      assert.throws(() => target(url, nothing), refusal('url'), url)
    }
  })

  it('are not plain http unless the host is allowed by name', () => {
    assert.throws(() => target('http://example.com/', nothing), refusal('insecure'))
    assert.equal(target('http://example.com/a?b=c#d', allowedHosts(['example.com'])).path, '/a?b=c')
  })

  it('keep an @ in path and query', () => {
    assert.equal(target('https://example.com/@scope?to=a@b', nothing).path, '/@scope?to=a@b')
    assert.equal(target('https://example.com?to=a@b', nothing).host, 'example.com')
  })
})

describe('hosts allowed by name', () => {
  const allowed = (entries: string[], url: string) => target(url, allowedHosts(entries)).allowed
  const refused = (entries: string[], url: string) => assert.throws(() => allowed(entries, url), OutboundRefused)

  it('match exactly, in any spelling of the same host', () => {
    assert.ok(allowed(['LOCALHOST'], 'http://localhost:8080/'))
    assert.ok(allowed([' 127.0.0.1 '], 'http://0x7f.1/'))
    assert.ok(allowed(['::1'], 'http://[0:0::1]:3000/'))
    assert.ok(allowed(['[::1]:3000'], 'http://[::1]:3000/'))
    assert.ok(allowed(['fd00::5'], 'http://[fd00::5]/'))
    assert.ok(allowed(['bücher.example'], 'http://xn--bcher-kva.example/'))
  })

  it('match a port when they name one, the default ports included', () => {
    assert.ok(allowed(['localhost:8080'], 'http://localhost:8080/'))
    assert.ok(allowed(['localhost:80'], 'http://localhost/'))
    assert.ok(allowed(['127.0.0.1:443'], 'https://127.0.0.1/'))
    refused(['localhost:8080'], 'http://localhost:8081/')
    refused(['127.0.0.1:443'], 'http://127.0.0.1/')
  })

  it('do not stretch to subdomains, suffixes, addresses or names of the same machine', () => {
    refused(['internal.example'], 'http://a.internal.example/')
    refused(['internal.example'], 'http://internal.example.evil.example/')
    refused(['internal.example'], 'http://xinternal.example/')
    refused(['localhost'], 'http://127.0.0.1/')
    refused(['127.0.0.1'], 'http://localhost/')
    refused(['127.0.0.1'], 'http://127.0.0.2/')
    refused(['127.0.0.1'], 'http://[::ffff:127.0.0.1]/')
  })

  it('are refused at the start when they do not name a host', () => {
    for (const entry of [
      '',
      '*',
      '*.example.com',
      'http://x',
      'x/y',
      'a b',
      'user@host',
      '10.0.0.0/8',
      'x:99999',
      'x.',
    ]) {
      assert.throws(() => allowedHosts([entry]), TypeError, entry)
    }
  })
})

describe('what a name resolves to', () => {
  const to = (url: string, addresses: string[], allowed: string[] = []) =>
    addressesOf(target(url, allowedHosts(allowed)), async () => addresses)

  it('is refused when any of the addresses is forbidden', async () => {
    await assert.rejects(to('https://x.example/', ['8.8.8.8', '10.0.0.1']), refusal('address'))
    await assert.rejects(to('https://x.example/', ['2606:4700::1', '::ffff:127.0.0.1']), refusal('address'))
    assert.deepEqual(await to('https://x.example/', ['8.8.8.8', '1.1.1.1']), ['8.8.8.8', '1.1.1.1'])
  })

  it('is taken as it is when the host is allowed, if it is an address at all', async () => {
    assert.deepEqual(await to('http://x.example/', ['10.0.0.1'], ['x.example']), ['10.0.0.1'])
    await assert.rejects(to('http://x.example/', ['evil'], ['x.example']), refusal('address'))
  })

  it('fails when there is nothing', async () => {
    await assert.rejects(to('https://x.example/', []), OutboundFailed)
  })
})
