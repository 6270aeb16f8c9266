// Amounts, times and texts of others, as people read them: never rounded, never hidden, never markup.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Html } from '../html.ts'
import { argumentList } from './argument-list.ts'
import { moneyOf } from './money.ts'
import { listed } from './names.ts'
import { exactly, moment, relative } from './time.ts'
import { visibleText } from './visible-text.ts'

const textOf = (part: Html | undefined): string =>
  (part?.text ?? '')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')

test('minor units become money of that currency, with its own number of decimals', () => {
  const cases: [amount: unknown, currency: unknown, shown: string | undefined][] = [
    [40_000, 'EUR', '€400.00'],
    [124_000, 'eur', '€1,240.00'],
    [1, 'GBP', '£0.01'],
    [500, 'JPY', 'JP¥500'],
    [1_234, 'KWD', 'KWD 1.234'],
    [-5, 'EUR', '-€0.05'],
    [Number.MAX_SAFE_INTEGER, 'EUR', '€90,071,992,547,409.91'],
  ]
  for (const [amount, currency, shown] of cases)
    assert.equal(moneyOf({ amount, currency })?.replace('\u00a0', ' '), shown)
})

test('what is no whole amount of a known currency is never dressed up as money', () => {
  for (const context of [
    {},
    { amount: 1 },
    { currency: 'EUR' },
    { amount: 1.5, currency: 'EUR' },
    { amount: '40000', currency: 'EUR' },
    { amount: 2 ** 53, currency: 'EUR' },
    { amount: Number.NaN, currency: 'EUR' },
    { amount: 1, currency: 'XXY' },
    { amount: 1, currency: 'EUR ' },
    { amount: 1, currency: ['EUR'] },
  ])
    assert.equal(moneyOf(context), undefined, JSON.stringify(context))
})

test('times are exact in UTC, and in words that are never more than they are', () => {
  const now = Date.UTC(2026, 8, 1, 9, 30)
  const at = (seconds: number) => new Date(now + seconds * 1000).toISOString()
  assert.equal(exactly(at(0)), '1 Sept 2026, 09:30 UTC')
  const words = [-90_000, -3_600, -119, -1, 0, 30, 599, 600, 7_199, 200_000].map((seconds) =>
    relative(at(seconds), now),
  )
  assert.deepEqual(words, [
    ...['1 day ago', '1 hour ago', '1 minute ago', 'just now', 'just now', 'in less than a minute'],
    ...['in 9 minutes', 'in 10 minutes', 'in 1 hour', 'in 2 days'],
  ])
  assert.match(moment(at(0), now).text, /<time datetime="2026-09-01T09:30:00\.000Z">/)
})

test('names are listed as people do', () => {
  assert.deepEqual([[], ['Ada'], ['Ada', 'Olu'], ['Ada', 'Olu', 'Dana']].map(listed), [
    '',
    'Ada',
    'Ada and Olu',
    'Ada, Olu and Dana',
  ])
})

test('what cannot be seen, or turns the line around, is spelled out', () => {
  assert.equal(
    textOf(visibleText('pay\u200bpal\u202e\u0000\ufeff\u2066\u{e0041}\u3164')),
    'payU+200BpalU+202EU+0000U+FEFFU+2066U+E0041U+3164',
  )
  assert.equal(visibleText('two\nlines\tand a tab, é, 日本, 🙂').text, 'two\nlines\tand a tab, é, 日本, 🙂')
  assert.equal(textOf(visibleText('lone \ud800 half')), 'lone U+D800 half')
  assert.equal(visibleText('<b>').text, '&lt;b&gt;')
})

test('every argument is there in full, and texts cannot pass for anything else', () => {
  const given = {
    text: 'a'.repeat(10_000),
    flag: true,
    word: 'true',
    none: null,
    deep: { list: [1, '2', { x: '</pre>' }] },
    empty: '',
  }
  const shown = argumentList(given)
  const text = textOf(shown)
  assert.ok(text.includes('a'.repeat(10_000)))
  assert.ok(text.includes(JSON.stringify(given.deep, null, 2)))
  assert.ok(text.includes('(empty text)'))
  assert.match(shown.text, /<pre class="value">true<\/pre>[\s\S]*<div class="value" dir="auto">true<\/div>/)
  assert.equal(shown.text.match(/<dt>/g)?.length, Object.keys(given).length)
  assert.doesNotMatch(shown.text.replaceAll(/<\/pre><\/dd>/g, ''), /<\/pre>(?!<span)/)
})

test('what scrolls says so and can be reached by keyboard; what is sent as no object is shown as well', () => {
  for (const long of ['x'.repeat(701), 'line\n'.repeat(20), Array.from({ length: 20 }, (_, n) => n)])
    assert.match(
      argumentList({ long }).text,
      /tabindex="0" role="region" aria-label="Value of long"[\s\S]*Scroll in the box/,
    )
  assert.doesNotMatch(argumentList({ short: 'x' }).text, /tabindex|Scroll/)
  assert.match(textOf(argumentList(['a', 'b'])), /"a",\s+"b"/)
  assert.match(textOf(argumentList('plain')), /plain/)
  for (const nothing of [null, undefined, {}]) assert.match(textOf(argumentList(nothing)), /Nothing is sent along/)
})
