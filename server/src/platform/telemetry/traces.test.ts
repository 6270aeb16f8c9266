// Spans, their parents across servers, and what they must not carry.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { redact } from './redaction.ts'
import { readTraceparent } from './trace-parent.ts'
import { createTraces, InMemorySpanExporter } from './traces.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

function tracing() {
  const exporter = new InMemorySpanExporter()
  return { traces: createTraces({ exporter, redact }), spans: () => exporter.getFinishedSpans() }
}

describe('traces', () => {
  it('nest, with what was noted on the way', async () => {
    const { traces, spans } = tracing()
    const answer = await traces.span('outer', { operation: 'agents.create' }, async () =>
      traces.span('inner', {}, async (span) => {
        span.set({ rows: 3 })
        return 'done'
      }),
    )
    assert.equal(answer, 'done')
    const [inner, outer] = spans()
    assert.deepEqual([inner?.name, outer?.name], ['inner', 'outer'])
    assert.equal(inner?.parentSpanContext?.spanId, outer?.spanContext().spanId)
    assert.deepEqual([outer?.attributes, inner?.attributes], [{ operation: 'agents.create' }, { rows: 3 }])
  })

  it('do not mix when spans run at the same time', async () => {
    const { traces, spans } = tracing()
    await Promise.all(
      ['a', 'b', 'c'].map((name) => traces.span(name, {}, async () => traces.span(`${name}-child`, {}, async () => 0))),
    )
    for (const child of spans().filter(({ name }) => name.endsWith('-child'))) {
      const parent = spans().find((span) => span.spanContext().spanId === child.parentSpanContext?.spanId)
      assert.equal(`${parent?.name}-child`, child.name)
    }
  })

  it('continue those of a caller and are continued by a callee', async () => {
    const { traces, spans } = tracing()
    assert.deepEqual(traces.headers(), {})
    const sent = await traces.continuing({ traceparent: `00-${TRACE}-${SPAN}-01` }, () =>
      traces.span('work', {}, async () => traces.headers()),
    )
    const [span] = spans()
    assert.deepEqual([span?.spanContext().traceId, span?.parentSpanContext?.spanId], [TRACE, SPAN])
    assert.equal(sent.traceparent, `00-${TRACE}-${span?.spanContext().spanId}-01`)
  })

  it('ignore a traceparent that is not one', () => {
    const zeros = '0'.repeat(32)
    for (const header of [
      undefined,
      '',
      'nonsense',
      [`00-${TRACE}-${SPAN}-01`],
      `ff-${TRACE}-${SPAN}-01`,
      `00-${zeros}-${SPAN}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `00-${TRACE.toUpperCase()}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-01-more`,
      `00-${TRACE}-${SPAN}`,
      `00-${TRACE}-${SPAN}-01\r\nx: y`,
      `01-${TRACE}-${SPAN}-01-${'x'.repeat(1_000)}`,
    ]) {
      assert.equal(readTraceparent(header), undefined, String(header))
    }
    assert.ok(readTraceparent(`01-${TRACE}-${SPAN}-00-more`))
  })

  it('carry no secret: not in names, attributes, errors', async () => {
    const { traces, spans } = tracing()
    const canary = 'Canary4711Canary4711'
    const jwt = `eyJ${'hbGciOiJFUzI1NiJ9'}.${canary}`
    const failure = new Error(`refused ${jwt}`)
    await assert.rejects(
      traces.span(`GET /cb?code=${canary}`, { url: `https://u:${canary}@x/`, client_secret: canary }, async (span) => {
        span.set({ authorization: canary, note: jwt })
        throw failure
      }),
      (error) => error === failure,
    )
    const [span] = spans()
    const shown = JSON.stringify([span?.name, span?.attributes, span?.events, span?.status])
    assert.match(shown, /refused/)
    assert.ok(!shown.includes(canary), shown)
  })

  it('cost nothing when nobody collects them', async () => {
    const traces = createTraces({ redact: () => assert.fail('nothing is prepared') })
    const answer = await traces.span('x', { a: 1 }, async (span) => {
      span.set({ b: 2 })
      return 5
    })
    assert.equal(answer, 5)
    assert.equal(
      traces.continuing({ traceparent: `00-${TRACE}-${SPAN}-01` }, () => traces.headers().traceparent),
      undefined,
    )
    await assert.rejects(
      traces.span('x', {}, async () => Promise.reject(new Error('no'))),
      /no/,
    )
    await traces.shutdown()
  })

  it('are handed to a collector before the end', async () => {
    const bodies: string[] = []
    const collector = createServer(async (request, response) => {
      bodies.push((await request.toArray()).join(''))
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    }).listen(0, '127.0.0.1')
    await once(collector, 'listening')
    const { port } = collector.address() as AddressInfo
    const traces = createTraces({ otlpEndpoint: `http://127.0.0.1:${port}/v1/traces`, redact })
    await traces.span('exported', { operation: 'agents.create' }, async () => undefined)
    await traces.shutdown()
    collector.closeAllConnections()
    collector.close()
    assert.match(bodies.join(''), /exported.*agents\.create/)
  })
})
