// The tour and the guide to a new operation tell the truth: files, functions, quotes, and the order of the road.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exists, filesNamed, quotesOf, readText, standsIn } from './quotes.ts'

/** The road's stations and the files they are written in, in the order in which a call comes by. */
const ROAD = [
  'examples/orders/src/agent/agent.ts',
  'server/src/oauth/grants/token-exchange.ts',
  'server/src/gateway/mcp/door.ts',
  'server/src/pipeline/perform.ts',
  'server/src/oauth/authenticate.ts',
  'server/src/oauth/verify.ts',
  'server/src/gateway/mcp/read-request.ts',
  'server/src/gateway/operations/call-tool.ts',
  'server/src/audit/recorder.ts',
  'server/src/access/decide.ts',
  'server/src/gateway/mcp/relaying.ts',
  'server/src/token-vault/vault.ts',
  'server/src/gateway/mcp/http-upstream.ts',
  'server/src/gateway/records/tool-result.ts',
  'server/src/relationships/questions/record-visibility.ts',
  'server/src/pipeline/perform.ts',
  'server/src/audit/sequence.ts',
]
const PAGES = ['docs/tour.md', 'docs/adding-an-operation.md', 'docs/adding-a-room.md']

const STEP = /^## (\d+)\. .+\n\n`([^`]+)`, `(\w+)`/gm

const stepsOf = (page: string) =>
  [...page.matchAll(STEP)].map(([, number = '', file = '', name = '']) => ({ number: Number(number), file, name }))

for (const path of PAGES)
  describe(path, () => {
    const page = readText(path)

    it('names only files that exist', () => {
      const files = filesNamed(page)
      assert.ok(files.length >= 5, `found ${files.length} files: a check that sees nothing proves nothing`)
      assert.deepEqual(
        files.filter((file) => !exists(file)),
        [],
      )
    })

    it('quotes the code word for word', () => {
      const quotes = quotesOf(page)
      assert.ok(quotes.length >= 5, `found ${quotes.length} quotes: a check that sees nothing proves nothing`)
      const wrong = quotes.filter((quote) => !exists(quote.file) || !standsIn(readText(quote.file), quote))
      assert.deepEqual(
        wrong.map(({ file, line }) => `${path}:${line} quotes ${file} otherwise than it is`),
        [],
      )
    })

    it('quotes only what fits on a screen', () => {
      for (const { file, line, pieces } of quotesOf(page)) {
        const count = pieces.flat().length
        const most = path === 'docs/tour.md' ? 8 : 30
        assert.ok(count >= 1 && count <= most, `${path}:${line} quotes ${count} lines of ${file}`)
      }
    })
  })

describe('the tour', () => {
  const page = readText('docs/tour.md')
  const steps = stepsOf(page)

  it('has every step of the road, in its order', () => {
    assert.deepEqual(
      steps.map(({ file }) => file),
      ROAD,
    )
  })

  it('numbers its steps from one, and has no other headings of that rank', () => {
    assert.deepEqual(
      steps.map(({ number }) => number),
      steps.map((_, at) => at + 1),
    )
    assert.equal([...page.matchAll(/^## /gm)].length, steps.length)
  })

  it('names a function that stands in the file, and quotes that file in the step', () => {
    const sections = page.split(/^## /m).slice(1)
    for (const [at, { file, name }] of steps.entries()) {
      assert.match(readText(file), new RegExp(`\\b(?:function\\*?|const) ${name}\\b`), `${file} has no ${name}`)
      const quoted = quotesOf(sections[at] ?? '').map((quote) => quote.file)
      assert.ok(quoted.includes(file), `step ${at + 1} does not quote ${file}`)
    }
  })

  it('takes the order of its middle from the road itself', () => {
    // As written in perform.ts: what happens to a call before it may act, and after it has.
    const [, head = '', acts = ''] = readText('server/src/pipeline/perform.ts').split(
      /function perform|async function act/,
    )
    const road = head.slice(0, head.indexOf('const recordedOf')) + acts
    const stations = [
      'const known = understood(',
      'record.attempt(',
      'decide(',
      'body.reach(',
      "record.outcome(attempt, ended('done'",
    ]
    const places = stations.map((station) => road.indexOf(station))
    assert.ok(!places.includes(-1), `perform.ts has lost a station: ${places}`)
    assert.deepEqual(
      [...places].sort((a, b) => a - b),
      places,
    )
  })
})

describe('the check of quotes', () => {
  const source = 'function a() {\n  one()\n  two()\n}\nthree()\n'

  it('finds what stands there, moved in as a whole, with lines left out', () => {
    assert.ok(standsIn(source, { pieces: [['one()', 'two()']] }))
    assert.ok(standsIn(source, { pieces: [['function a() {'], ['  two()'], ['three()']] }))
  })

  it('does not find what was changed, put in another order, or moved in by halves', () => {
    for (const pieces of [[['one( )']], [['two()'], ['one()']], [['one()', '  two()']], [['one()', 'three()']], []])
      assert.equal(standsIn(source, { pieces }), false, JSON.stringify(pieces))
  })

  it('refuses a block that does not say where it is from', () => {
    assert.throws(() => quotesOf('```ts\nconst a = 1\n```\n'), /first line of the block/)
    assert.deepEqual(quotesOf('no blocks'), [])
  })
})
