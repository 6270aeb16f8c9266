// Signed notes, verifier keys and checkpoints, forged and malformed in every way.
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { formatCheckpoint, openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts'
import { leavesOf } from './naive-tree.ts'
import { openNote, signNote } from './note.ts'
import { formatVerifierKey, parseVerifierKey, verifierKey } from './verifier-key.ts'

const ORIGIN = 'mandate.example/audit'
const { privateKey } = generateKeyPairSync('ed25519')
const { privateKey: otherKey } = generateKeyPairSync('ed25519')
const key = verifierKey(ORIGIN, privateKey)
const root = leavesOf(1)[0] ?? assert.fail()

/** The example of Go's sumdb/note, the format's first implementation. */
const GO_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
const GO_NOTE = `${GO_TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`

describe('A verifier key', () => {
  test('of another implementation is read, and its note opens', () => {
    const go = parseVerifierKey(GO_KEY) ?? assert.fail()
    assert.equal(go.name, 'PeterNeumann')
    assert.equal(formatVerifierKey(go), GO_KEY)
    assert.equal(openNote(GO_NOTE, go), GO_TEXT)
  })

  test('survives being written and read', () => {
    const text = formatVerifierKey(key)
    assert.match(text, /^mandate\.example\/audit\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/)
    const read = parseVerifierKey(text) ?? assert.fail()
    assert.equal(formatVerifierKey(read), text)
    assert.equal(openNote(signNote('hello\n', { name: ORIGIN, privateKey }), read), 'hello\n')
  })

  test('is refused when any character of it is changed', () => {
    const text = formatVerifierKey(key)
    for (let at = 0; at < text.length; at++)
      for (const character of ['A', '+', ' ', '\n', '=', '0', ''])
        if (text[at] !== character)
          assert.equal(parseVerifierKey(text.slice(0, at) + character + text.slice(at + 1)), undefined)
    for (const malformed of ['', '+', '++', 'a+b', 'a+00000000+', `${text}\n`, `${text}+`, ` ${text}`])
      assert.equal(parseVerifierKey(malformed), undefined)
  })

  test('is made only of an Ed25519 key and a name without spaces, plus signs and control characters', () => {
    assert.throws(() => verifierKey(ORIGIN, generateKeyPairSync('x25519').publicKey), RangeError)
    for (const name of ['', 'a b', 'a+b', 'a\nb', 'a\u00a0b', 'a\u2003b', 'a\u0000b', 'a\ud800b'])
      assert.throws(() => verifierKey(name, privateKey), RangeError)
  })
})

describe('A signed note', () => {
  const note = signNote('first\n\nlast\n', { name: ORIGIN, privateKey })

  test('opens with the key that signed it, empty lines in its text included', () => {
    assert.equal(openNote(note, key), 'first\n\nlast\n')
  })

  test('opens with the key of each signer, whoever else signed', () => {
    const witness = verifierKey('witness.example', otherKey)
    const cosigned = `${note}${signNote('first\n\nlast\n', { name: witness.name, privateKey: otherKey }).split('\n').at(-2)}\n`
    assert.equal(openNote(cosigned, key), 'first\n\nlast\n')
    assert.equal(openNote(cosigned, witness), 'first\n\nlast\n')
  })

  test('does not open with another key, even of the same name', () => {
    assert.equal(openNote(note, verifierKey(ORIGIN, otherKey)), undefined)
    assert.equal(openNote(note, verifierKey('other.example', privateKey)), undefined)
  })

  test('does not open with another key that claims the same key hash', () => {
    const forged = Buffer.concat([key.keyHash, sign(null, Buffer.from('text\n'), otherKey)]).toString('base64')
    assert.equal(openNote(`text\n\n— ${ORIGIN} ${forged}\n`, key), undefined)
  })

  test('is refused whole when one signature of the key is good and another is not', () => {
    const good = note.split('\n').at(-2) ?? assert.fail()
    const bad = Buffer.concat([key.keyHash, Buffer.alloc(64)]).toString('base64')
    assert.equal(openNote(`${note}— ${ORIGIN} ${bad}\n`, key), undefined)
    assert.equal(openNote(`${note}${good}\n`, key), 'first\n\nlast\n')
  })

  test('does not open when anything in it was changed', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.string({ unit: 'binary', maxLength: 3 }),
        fc.integer({ min: 0, max: 2 }),
        (at, put, cut) => {
          const place = at % (note.length + 1)
          const changed = note.slice(0, place) + put + note.slice(place + cut)
          if (changed !== note) assert.notEqual(openNote(changed, key), 'first\n\nlast\n')
          if (changed !== note) assert.equal(openNote(changed, key), undefined)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('is refused when malformed', () => {
    const line = note.split('\n').at(-2) ?? assert.fail()
    for (const malformed of [
      '',
      '\n\n',
      'text\n',
      'text\n\n',
      `text\n${line}\n`,
      `text\n\n${line}`,
      note.replace('—', '-'),
      note.replace('— ', '—  '),
      note.replace('\n—', '\n —'),
      note.replaceAll('\n', '\r\n'),
      `\u0007${note}`,
      `${note}garbage\n`,
      `${note}\n`,
      note.replace(/=\n$/, '\n'),
      note + `${line}\n`.repeat(64),
      `${'x'.repeat(1 << 20)}${note}`,
    ])
      assert.equal(openNote(malformed, key), undefined, JSON.stringify(malformed.slice(0, 80)))
  })

  test('with sixteen signatures is accepted', () => {
    const other = signNote('first\n\nlast\n', { name: 'other', privateKey: otherKey }).split('\n').at(-2)
    assert.equal(openNote(note + `${other}\n`.repeat(15), key), 'first\n\nlast\n')
  })

  test('is not made of a text that could not be read back', () => {
    for (const text of ['', 'no newline', 'tab\t\n', 'lone \ud800\n', 'carriage\r\n'])
      assert.throws(() => signNote(text, { name: ORIGIN, privateKey }), RangeError)
  })

  test('is not made with a key that is not Ed25519', () => {
    const { privateKey: agreementKey } = generateKeyPairSync('x25519')
    assert.throws(() => signNote('text\n', { name: ORIGIN, privateKey: agreementKey }), RangeError)
  })
})

describe('A checkpoint', () => {
  test('is the origin, the size and the root, one on each line', () => {
    const text = formatCheckpoint({ origin: ORIGIN, size: 20852163, root })
    assert.equal(text, `${ORIGIN}\n20852163\n${Buffer.from(root).toString('base64')}\n`)
    assert.deepEqual(parseCheckpoint(text), { origin: ORIGIN, size: 20852163, root })
  })

  test('of any size opens with the key of its log', () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeNat(), fc.constant(Number.MAX_SAFE_INTEGER)), (size) => {
        const note = signCheckpoint({ origin: ORIGIN, size, root }, privateKey)
        assert.deepEqual(openCheckpoint(note, key), { origin: ORIGIN, size, root })
      }),
      { numRuns: 20 },
    )
  })

  test('of another log does not open, though the same key signed it', () => {
    const text = formatCheckpoint({ origin: 'other.example', size: 1, root })
    assert.equal(openCheckpoint(signNote(text, { name: ORIGIN, privateKey }), key), undefined)
  })

  test('that is signed but malformed does not open', () => {
    assert.equal(openCheckpoint(signNote('hello\n', { name: ORIGIN, privateKey }), key), undefined)
  })

  test('may carry extension lines, none of them empty', () => {
    const text = formatCheckpoint({ origin: ORIGIN, size: 1, root })
    assert.equal(parseCheckpoint(`${text}extension\n`)?.size, 1)
    assert.equal(parseCheckpoint(`${text}\nextension\n`), undefined)
    assert.equal(parseCheckpoint(`${text}\n`), undefined)
  })

  test('is refused when a line is missing, or the size or root is written in another way', () => {
    const base64 = Buffer.from(root).toString('base64')
    for (const size of [
      '',
      '01',
      '00',
      '-1',
      '+1',
      '1.0',
      '1e3',
      ' 1',
      '0x1',
      '９',
      '9007199254740992',
      '1'.repeat(400),
    ])
      assert.equal(parseCheckpoint(`${ORIGIN}\n${size}\n${base64}\n`), undefined, size)
    for (const hash of [
      '',
      base64.slice(0, -1),
      `${base64}=`,
      ` ${base64}`,
      base64.replace('=', ''),
      'AAAA',
      base64.replaceAll(/[+/]/g, '_').replace(/^./, '-'),
    ])
      assert.equal(parseCheckpoint(`${ORIGIN}\n1\n${hash}\n`), undefined, hash)
    for (const text of ['', '\n', `\n1\n${base64}\n`, `${ORIGIN}\n1\n${base64}`, `${ORIGIN}\n1\n`, `${ORIGIN}\n1`])
      assert.equal(parseCheckpoint(text), undefined, text)
  })

  test('is not made of parts that are none', () => {
    for (const size of [-1, 0.5, Number.NaN, 2 ** 53, 1e21])
      assert.throws(() => formatCheckpoint({ origin: ORIGIN, size, root }), RangeError)
    assert.throws(() => formatCheckpoint({ origin: 'two\nlines', size: 1, root }), RangeError)
    assert.throws(() => formatCheckpoint({ origin: '', size: 1, root }), RangeError)
    assert.throws(() => formatCheckpoint({ origin: ORIGIN, size: 1, root: root.subarray(1) }), RangeError)
  })
})
