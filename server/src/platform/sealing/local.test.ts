// The local ring of master keys.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { localKeys } from './local.ts'
import { SealBroken } from './seal-broken.ts'

describe('the local ring of master keys', () => {
  const [first, second] = [randomBytes(32), randomBytes(32)]

  it('wraps under the first key and unwraps under all', async () => {
    const dataKey = randomBytes(32)
    const wrapped = await localKeys([second]).wrap(dataKey, 'here')
    const ring = localKeys([first, second])
    assert.deepEqual(await ring.unwrap(wrapped, 'here'), dataKey)
    assert.equal((await ring.wrap(dataKey, 'here')).keyId, localKeys([first]).keyId)
  })

  it('does not unwrap in another context', async () => {
    const ring = localKeys([first])
    const wrapped = await ring.wrap(randomBytes(32), 'here')
    await assert.rejects(ring.unwrap(wrapped, 'there'), SealBroken)
  })

  it('names keys stably, and differently for different keys', () => {
    assert.equal(localKeys([first]).fingerprint(), localKeys([first, second]).fingerprint())
    assert.notEqual(localKeys([first]).fingerprint(), localKeys([second]).fingerprint())
    assert.notEqual(localKeys([first]).keyId, localKeys([second]).keyId)
  })

  it('shows no byte of a key in its name', () => {
    const ring = localKeys([first])
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      const key = first.toString(encoding).slice(0, 8)
      assert.ok(!ring.fingerprint().includes(key) && !ring.keyId.includes(key))
    }
    assert.ok(!JSON.stringify(ring).includes(first.toString('hex')))
  })

  it('refuses an empty ring, a key of another length, and the same key twice', () => {
    assert.throws(() => localKeys([]), TypeError)
    assert.throws(() => localKeys([randomBytes(16)]), TypeError)
    assert.throws(() => localKeys([first, Buffer.from(first)]), TypeError)
  })
})
