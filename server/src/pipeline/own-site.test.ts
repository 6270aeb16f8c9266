import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refuseForeignSite } from './index.ts'

const ISSUER = 'https://id.example/'
const OURS = 'https://id.example'

for (const origins of [{ origin: OURS }, { origin: OURS, fetchSite: 'same-origin' }, { fetchSite: 'same-origin' }, {}])
  test(`lets through what says ${JSON.stringify(origins)}`, () => refuseForeignSite(ISSUER, origins))

test('lets a page of ours through that sends no referrer', () =>
  refuseForeignSite(ISSUER, { origin: 'null', fetchSite: 'same-origin' }))

for (const origins of [
  { origin: 'https://evil.example' },
  { origin: 'https://id.example.evil.example' },
  { origin: 'http://id.example' },
  { origin: 'https://id.example:444' },
  { origin: 'null' },
  { origin: 'null', fetchSite: 'cross-site' },
  { origin: OURS, fetchSite: 'cross-site' },
  { fetchSite: 'same-site' },
  { fetchSite: 'none' },
])
  test(`refuses what says ${JSON.stringify(origins)}`, () =>
    assert.throws(() => refuseForeignSite(ISSUER, origins), { code: 'forbidden' }))
