// The audit log in the hands of somebody who wants to change the past.
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, test } from 'node:test'
import {
  append,
  emptyFrontier,
  entryHash,
  formatCheckpoint,
  formatVerifierKey,
  rootOf,
  signCheckpoint,
  signNote,
  verifierKey,
} from '@mandate/contract/log'
import fc from 'fast-check'
import { verifyLog } from './audit-verify.ts'

const ORIGIN = 'mandate.example/audit'
const { privateKey } = generateKeyPairSync('ed25519')
const { privateKey: attackersKey } = generateKeyPairSync('ed25519')
const trusted = formatVerifierKey(verifierKey(ORIGIN, privateKey))

const entry = (at: number, log = '') => `{"position":${at},"action":"tool.call","log":"${log}"}`
const written = (count: number, log = '') => Array.from({ length: count }, (_, at) => entry(at + 1, log))
const checkpoint = (entries: readonly string[], key: KeyObject = privateKey) => {
  const frontier = append(emptyFrontier, entries.map(entryHash))
  return signCheckpoint({ origin: ORIGIN, size: frontier.size, root: rootOf(frontier) }, key)
}
const at = (size: number, log = '') => checkpoint(written(size, log))

async function* stream(entries: Iterable<string>) {
  yield* entries
}
const verify = (entries: readonly string[], checkpoints: readonly string[], key = trusted) =>
  verifyLog({ entries: stream(entries), checkpoints, verifierKey: key })

const TEN = written(10)
const CHECKPOINTS = [at(4), at(7), at(10)]

describe('A log that nobody touched', () => {
  test('verifies', async () => {
    const report = await verify(TEN, CHECKPOINTS)
    assert.equal(report.result, 'verified')
    assert.equal(report.sentence, 'All 10 entries are exactly those that were signed.')
    assert.deepEqual([report.entries, report.proven, report.beyond, report.failure], [10, 10, 0, undefined])
    assert.equal(report.root, CHECKPOINTS[2]?.split('\n')[2])
  })

  test('verifies when it is empty and a checkpoint says so', async () => {
    const report = await verify([], [at(0)])
    assert.equal(report.result, 'verified')
    assert.equal(report.sentence, 'The log is empty, and its checkpoint says so.')
    assert.equal((await verify(TEN, [at(0), at(0), ...CHECKPOINTS])).result, 'verified')
  })

  test('verifies when the same size was signed twice, or a witness signed too', async () => {
    const witness = signNote(`${at(10).split('\n\n')[0]}\n`, { name: 'witness.example', privateKey: attackersKey })
    const cosigned = `${at(10)}${witness.split('\n').at(-2)}\n`
    assert.equal((await verify(TEN, [at(4), at(4), at(10), cosigned])).result, 'verified')
  })

  test('is reported as not wholly covered while its last entries wait for a checkpoint', async () => {
    const report = await verify(TEN, CHECKPOINTS.slice(0, 2))
    assert.equal(report.result, 'uncovered')
    assert.deepEqual([report.proven, report.beyond], [7, 3])
    assert.match(report.sentence, /^The first 7 entries .* no checkpoint covers the 3 entries after them/)
    assert.match((await verify(TEN, [at(0)])).sentence, /^No checkpoint covers any of the 10 entries/)
  })

  test('is read one entry at a time', async () => {
    let made = 0
    let checked = 0
    const report = await verifyLog({
      entries: (async function* () {
        for (const text of TEN) {
          assert.equal(made - checked, 0)
          made += 1
          yield text
          checked += 1
        }
      })(),
      checkpoints: CHECKPOINTS,
      verifierKey: trusted,
    })
    assert.equal(report.result, 'verified')
    assert.equal(checked, 10)
  })
})

describe('A log that somebody touched', () => {
  const attacks: [string, (entries: string[]) => string[], [number, number], RegExp][] = [
    [
      'a bit of one entry is flipped',
      (all) => all.with(5, (all[5] ?? '').replace('call', 'call'.replace('c', 'b'))),
      [4, 7],
      /entries 5 to 7 was altered/,
    ],
    ['a space is added to one entry', (all) => all.with(1, `${all[1]} `), [0, 4], /entries 1 to 4/],
    ['the first entry is dropped', (all) => all.slice(1), [0, 4], /entries 1 to 4 .*; 1 entry fewer/],
    ['an entry in the middle is dropped', (all) => all.toSpliced(5, 1), [4, 7], /entries 5 to 7 .*; 1 entry fewer/],
    [
      'the last entry is dropped',
      (all) => all.slice(0, -1),
      [7, 10],
      /for 10 entries, but only 9 are here: at least 1 entry missing after the first 7/,
    ],
    ['the end is cut off', (all) => all.slice(0, 5), [4, 7], /at least 5 entries missing after the first 4/],
    ['everything is dropped', () => [], [0, 4], /only 0 are here: at least 10 entries missing\.$/],
    ['two entries are exchanged', (all) => all.with(2, all[8] ?? '').with(8, all[2] ?? ''), [0, 4], /another order/],
    [
      'two neighbours are exchanged',
      (all) => all.with(7, all[8] ?? '').with(8, all[7] ?? ''),
      [7, 10],
      /another order/,
    ],
    ['one entry is there twice', (all) => all.toSpliced(8, 0, all[7] ?? ''), [7, 10], /entries 8 to 10/],
    ['an entry is made up in the middle', (all) => all.toSpliced(4, 0, entry(99)), [4, 7], /added/],
    ['an empty entry is slipped in first', (all) => ['', ...all], [0, 4], /added/],
    ['two entries are run together', (all) => all.toSpliced(4, 2, `${all[4]}${all[5]}`), [4, 7], /entries 5 to 7/],
    [
      'an entry is replaced by text that no file can hold',
      (all) => all.with(3, '\ud800'),
      [0, 4],
      /Entry 4 is not well-formed/,
    ],
  ]

  for (const [what, attack, [from, to], sentence] of attacks)
    test(`is found out when ${what}`, async () => {
      const report = await verify(attack([...TEN]), CHECKPOINTS)
      assert.equal(report.result, 'failed')
      assert.deepEqual(report.failure?.between, { from, to })
      assert.equal(report.proven, from)
      assert.match(report.sentence, sentence)
    })

  test('is never called verified when the last entry is there twice', async () => {
    const report = await verify([...TEN, entry(10)], CHECKPOINTS)
    assert.equal(report.result, 'uncovered')
    assert.match(report.sentence, /covers the 1 entry after them/)
  })

  test('cut back to an older checkpoint is found out by any newer one', async () => {
    assert.equal((await verify(written(4), [at(4)])).result, 'verified')
    assert.equal((await verify(written(4), [at(4), at(5)])).failure?.check, 'missing')
  })

  test('verifies exactly when its entries are those that were signed', async () => {
    const texts = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.array(fc.nat(), { maxLength: 4 }),
        fc.nat(),
        texts,
        async (entries, cuts, place, put) => {
          const sizes = [...cuts.map((cut) => cut % (entries.length + 1)), entries.length].sort((a, b) => a - b)
          const checkpoints = sizes.map((size) => checkpoint(entries.slice(0, size)))
          assert.equal((await verify(entries, checkpoints)).result, 'verified')
          const changed = entries.toSpliced(place % (entries.length + 1), put.length % 3, ...put)
          const report = await verify(changed, checkpoints)
          const prefix = entries.every((text, index) => changed[index] === text)
          assert.equal(report.result, !prefix ? 'failed' : changed.length > entries.length ? 'uncovered' : 'verified')
          assert.deepEqual(changed.slice(0, report.proven), entries.slice(0, report.proven))
        },
      ),
    )
  })
})

describe('Checkpoints that somebody touched', () => {
  test('are refused when another key signed one, even under the same name', async () => {
    for (const place of [0, 1, 2]) {
      const size = [4, 7, 10][place] ?? 0
      const report = await verify(TEN, CHECKPOINTS.with(place, checkpoint(written(size), attackersKey)))
      assert.equal(report.failure?.check, 'signature')
      assert.match(report.sentence, new RegExp(`^Checkpoint ${place + 1} of 3 `))
      assert.equal(report.proven, 0)
    }
  })

  test('are refused when a forger re-signed an altered log', async () => {
    const forged = TEN.with(3, entry(4, 'forged'))
    assert.equal((await verify(forged, [checkpoint(forged, attackersKey)])).failure?.check, 'signature')
  })

  test('are refused when the size, the root or the origin of one is edited', async () => {
    const [origin = '', size = '', root = '', ...signature] = at(10).split('\n')
    const edited = [
      [origin, '9', root],
      [origin, size, rootLine(written(10, 'other'))],
      ['other.example', size, root],
      [origin, size, root, 'extension'],
    ]
    for (const lines of edited)
      assert.equal((await verify(TEN, [[...lines, ...signature].join('\n')])).failure?.check, 'signature')
  })

  test('are refused when an older one is put in a later place', async () => {
    for (const replayed of [
      [at(10), at(7)],
      [...CHECKPOINTS, at(4)],
      [at(7), at(4), at(10)],
    ]) {
      const report = await verify(TEN, replayed)
      assert.equal(report.failure?.check, 'order')
      assert.match(report.sentence, /a log never shrinks/)
    }
  })

  test('are refused when one is of a larger tree than the entries make', async () => {
    const report = await verify(TEN, [...CHECKPOINTS, at(1000)])
    assert.equal(report.failure?.check, 'missing')
    assert.deepEqual(report.failure?.between, { from: 10, to: 1000 })
    assert.equal(report.proven, 10)
  })

  test('are refused when two of one size name different logs', async () => {
    const report = await verify(TEN, [at(4), at(10), at(10, 'other')])
    assert.equal(report.failure?.check, 'fork')
    assert.match(report.sentence, /^Two signed checkpoints for 10 entries name different contents/)
    assert.equal((await verify([], [at(0), checkpointOfEmptyLogWithRootOf(written(1))])).failure?.check, 'fork')
  })

  test('are refused when two of different sizes cannot be of one log', async () => {
    const report = await verify(TEN, [at(4), at(7, 'other'), at(10)])
    assert.equal(report.failure?.check, 'fork')
    assert.match(report.sentence, /^The signed checkpoints for 7 entries and for 10 cannot both be of one log/)
    assert.equal((await verify(TEN, [at(4), at(10, 'other')])).failure?.check, 'entries')
  })

  test('are refused when one for the empty log names something', async () => {
    const report = await verify([], [checkpointOfEmptyLogWithRootOf(written(1))])
    assert.equal(report.sentence, 'The checkpoint for an empty log does not name an empty log.')
  })

  test('are refused when there are none, so that nothing is never called proven', async () => {
    assert.equal((await verify([], [])).failure?.check, 'checkpoints')
    assert.equal((await verify(TEN, [])).failure?.check, 'checkpoints')
  })

  test('are refused when they are no signed notes', async () => {
    for (const note of ['', 'null', '{}', at(10).trimEnd(), `${at(10)}\n`, at(10).replaceAll('\n', '\r\n')])
      assert.equal((await verify(TEN, [note])).failure?.check, 'signature')
  })

  test('of another log are refused, though the same key signed them', async () => {
    const text = formatCheckpoint({
      origin: 'other.example',
      size: 10,
      root: rootOf(append(emptyFrontier, TEN.map(entryHash))),
    })
    assert.equal((await verify(TEN, [signNote(text, { name: ORIGIN, privateKey })])).failure?.check, 'signature')
  })

  const rootLine = (entries: readonly string[]) => checkpoint(entries).split('\n')[2] ?? ''
  const checkpointOfEmptyLogWithRootOf = (entries: readonly string[]) =>
    signCheckpoint({ origin: ORIGIN, size: 0, root: rootOf(append(emptyFrontier, entries.map(entryHash))) }, privateKey)
})

describe('Verifying', () => {
  test('fails in a sentence when the verifier key is not one', async () => {
    for (const key of ['', 'nonsense', trusted.slice(0, -1), trusted.replace('mandate', 'mandat3')])
      assert.equal((await verify(TEN, CHECKPOINTS, key)).failure?.check, 'verifier-key')
  })

  test('reads no entry when the checkpoints are bad already', async () => {
    const entries = (async function* (): AsyncGenerator<string> {
      yield assert.fail('an entry was read')
    })()
    const report = await verifyLog({ entries, checkpoints: [checkpoint(TEN, attackersKey)], verifierKey: trusted })
    assert.equal(report.entries, 0)
  })

  test('passes on an error of reading, and calls no half-read log verified', async () => {
    const entries = (async function* () {
      yield* TEN.slice(0, 4)
      throw new Error('the disk is gone')
    })()
    await assert.rejects(verifyLog({ entries, checkpoints: [at(4)], verifierKey: trusted }), /the disk is gone/)
  })
})
