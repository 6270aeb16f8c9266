// Sealing keeps what it promises, and gives nothing to someone who holds the whole database.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createSealing } from './envelope.ts'
import { localKeys } from './local.ts'
import { type Place, placeText } from './place.ts'
import { SealBroken, type SealBrokenReason } from './seal-broken.ts'

const master = randomBytes(32)
const sealing = createSealing(localKeys([master]))
const home: Place = { table: 'token_vault.accounts', id: 'con_1', column: 'refresh_token' }

const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const places = fc.record({ table: text, id: text, column: text })

const breaks = (opening: Promise<unknown>, ...reasons: SealBrokenReason[]) =>
  assert.rejects(opening, (error: unknown) => {
    assert.ok(error instanceof SealBroken, String(error))
    assert.ok(reasons.length === 0 || reasons.includes(error.reason), error.reason)
    return true
  })

describe('sealing', () => {
  it('opens what it sealed, for any bytes and any place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), places, async (bytes, place) => {
        const opened = await sealing.open(await sealing.seal(Buffer.from(bytes), place), place)
        assert.deepEqual(opened, Buffer.from(bytes))
      }),
    )
  })

  it('takes text as UTF-8', async () => {
    assert.equal((await sealing.open(await sealing.seal('pässwörd ✓', home), home)).toString(), 'pässwörd ✓')
  })

  it('is one short ASCII string, different each time, that does not show the plaintext', async () => {
    const secret = 'a-refresh-token-of-some-length'
    const [a, b] = [await sealing.seal(secret, home), await sealing.seal(secret, home)]
    assert.match(a, /^s1\.[0-9a-f]{16}\.[A-Za-z0-9_-]{80}\.[A-Za-z0-9_-]+$/)
    assert.notEqual(a, b)
    assert.ok(!Buffer.from(a.split('.')[3] ?? '', 'base64url').includes(secret))
  })

  it('does not open in any other place', async () => {
    await fc.assert(
      fc.asyncProperty(places, places, async (from, to) => {
        fc.pre(JSON.stringify(from) !== JSON.stringify(to))
        await breaks(sealing.open(await sealing.seal('secret', from), to), 'not_authentic')
      }),
    )
  })

  it('binds a place so that no border between its parts can be shifted', async () => {
    await fc.assert(
      fc.property(places, places, (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b))
        assert.notEqual(placeText('p', a), placeText('p', b))
      }),
    )
    const sealed = await sealing.seal('secret', { table: 'ab', id: 'c', column: 'd' })
    for (const place of [
      { table: 'a', id: 'bc', column: 'd' },
      { table: 'ab', id: 'cd', column: '' },
      { table: 'ab1:c', id: '', column: 'd' },
    ]) {
      await breaks(sealing.open(sealed, place), 'not_authentic')
    }
  })

  it('refuses a place whose name UTF-8 cannot tell from another', async () => {
    await assert.rejects(sealing.seal('secret', { ...home, id: 'row\ud800' }), TypeError)
  })
})

describe('an attacker with the whole database', () => {
  it('cannot flip a single bit of any character', async () => {
    const sealed = await sealing.seal('a secret of some length', home)
    for (let at = 0; at < sealed.length; at++) {
      for (let bit = 0; bit < 7; bit++) {
        const flipped = String.fromCharCode(sealed.charCodeAt(at) ^ (1 << bit))
        await breaks(sealing.open(sealed.slice(0, at) + flipped + sealed.slice(at + 1), home))
      }
    }
  })

  it('cannot cut it short, extend it, or pad it', async () => {
    const sealed = await sealing.seal('a secret', home)
    for (let length = 0; length < sealed.length; length++) await breaks(sealing.open(sealed.slice(0, length), home))
    for (const tail of ['=', 'A', 'AAAA', '.', '.AAAA', ' ', '\n', '\0'])
      await breaks(sealing.open(sealed + tail, home))
    await breaks(sealing.open(` ${sealed}`, home))
  })

  it('cannot open garbage', async () => {
    await fc.assert(fc.asyncProperty(fc.string(), (garbage) => breaks(sealing.open(garbage, home), 'malformed')))
  })

  it('cannot swap values between rows or columns', async () => {
    const neighbours = [
      { ...home, id: 'con_2' },
      { ...home, column: 'access_token' },
      { ...home, table: 'privileged.secrets' },
    ]
    for (const place of neighbours) {
      await breaks(sealing.open(await sealing.seal('secret', home), place), 'not_authentic')
      await breaks(sealing.open(await sealing.seal('secret', place), home), 'not_authentic')
    }
  })

  it('cannot put the wrapped key of one value to the ciphertext of another, even in the same place', async () => {
    const [a, b] = [await sealing.seal('one', home), await sealing.seal('two', home)].map((s) => s.split('.'))
    assert.ok(a && b)
    await breaks(sealing.open([a[0], a[1], a[2], b[3]].join('.'), home), 'not_authentic')
    await breaks(sealing.open([b[0], b[1], b[2], a[3]].join('.'), home), 'not_authentic')
  })

  it('cannot use a wrapped key as ciphertext or the other way round', async () => {
    const [version, keyId, key, data] = (await sealing.seal(randomBytes(32), home)).split('.')
    await breaks(sealing.open([version, keyId, data, key].join('.'), home), 'not_authentic')
  })

  it('gets nothing without the master key', async () => {
    const sealed = await sealing.seal('secret', home)
    await breaks(createSealing(localKeys([randomBytes(32)])).open(sealed, home), 'unknown_key')
  })

  it('gets nothing by renaming the key id to that of another key', async () => {
    const stranger = localKeys([randomBytes(32)])
    const parts = (await sealing.seal('secret', home)).split('.')
    parts[1] = stranger.keyId
    await breaks(createSealing(stranger).open(parts.join('.'), home), 'not_authentic')
  })

  it('learns nothing from the error', async () => {
    const secret = 'correct horse battery staple'
    const sealed = await sealing.seal(secret, home)
    const tampered = `${sealed.slice(0, -4)}${sealed.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`
    await assert.rejects(sealing.open(tampered, home), (error: SealBroken) => {
      const shown = `${error.message} ${JSON.stringify(error)} ${error.cause}`
      for (const part of [secret, master.toString('base64'), ...sealed.split('.').slice(2)]) {
        assert.ok(!shown.includes(part))
      }
      return true
    })
  })
})

describe('rotation of the master key', () => {
  const next = randomBytes(32)
  const rotated = createSealing(localKeys([next, master]))

  it('opens what the older key sealed', async () => {
    assert.equal((await rotated.open(await sealing.seal('secret', home), home)).toString(), 'secret')
  })

  it('rewraps once, after which the older key is not needed and the ciphertext is the same', async () => {
    const old = await sealing.seal('secret', home)
    const fresh = await rotated.rewrap(old, home)
    assert.ok(fresh)
    assert.equal(fresh.split('.')[3], old.split('.')[3])
    assert.equal(await rotated.rewrap(fresh, home), undefined)
    const withoutOld = createSealing(localKeys([next]))
    assert.equal((await withoutOld.open(fresh, home)).toString(), 'secret')
    await breaks(withoutOld.open(old, home), 'unknown_key')
    await breaks(sealing.open(fresh, home), 'unknown_key')
  })

  it('does not launder a value into another place', async () => {
    await breaks(rotated.rewrap(await sealing.seal('secret', home), { ...home, id: 'con_2' }), 'not_authentic')
  })
})
