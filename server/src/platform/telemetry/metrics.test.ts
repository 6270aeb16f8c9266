// What Prometheus is told.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { createMetrics, METRICS } from './metrics.ts'

describe('metrics', () => {
  it('are counted, observed and set by their declared names', async () => {
    const metrics = createMetrics()
    const series = metrics.counter('operations_total', { operation: 'agents.create', outcome: 'done' })
    series.add()
    series.add(2)
    metrics.histogram('operation_seconds', { operation: 'agents.create' }).observe(0.002)
    metrics.gauge('tail_position', {}).set(42)
    const { contentType, body } = await metrics.expose()
    assert.match(contentType, /^text\/plain/)
    assert.match(body, /^mandate_operations_total\{operation="agents.create",outcome="done"\} 3$/m)
    assert.match(body, /^mandate_operation_seconds_bucket\{le="0.005",operation="agents.create"\} 1$/m)
    assert.match(body, /^mandate_tail_position 42$/m)
  })

  it('are read when somebody looks, and one that fails does not hide the others', async () => {
    const metrics = createMetrics()
    let staleness = 1
    metrics.sampled('audit_pending', {}, () => {
      throw new Error('no')
    })
    metrics.sampled('tail_staleness_seconds', {}, () => staleness)
    assert.match((await metrics.expose()).body, /^mandate_tail_staleness_seconds 1$/m)
    staleness = 2
    assert.match((await metrics.expose()).body, /^mandate_tail_staleness_seconds 2$/m)
  })

  it('are apart from those of another instance', async () => {
    createMetrics().counter('operations_total', { operation: 'x', outcome: 'denied' }).add()
    assert.doesNotMatch((await createMetrics().expose()).body, /answer="deny"/)
  })

  it('show no secret in a label', async () => {
    const metrics = createMetrics()
    metrics.counter('operations_total', { operation: 'x', outcome: ['mdt', '_agent_Canary4711'].join('') }).add()
    assert.doesNotMatch((await metrics.expose()).body, /Canary4711/)
  })

  it('know only declared names and labels', () => {
    const metrics = createMetrics()
    // @ts-expect-error a name that is not declared
    assert.throws(() => metrics.counter('made_up', {}), TypeError)
    // @ts-expect-error a label that is not declared
    assert.throws(() => metrics.counter('operations_total', { user: 'u' }).add())
  })

  it('are declared only where something feeds them: one that stays empty reads as all well', () => {
    const source = new URL('../../', import.meta.url)
    const code = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !/test|telemetry\/metrics/.test(path))
      .map((path) => readFileSync(new URL(path, source), 'utf8'))
      .join('\n')
    const names = Object.values(METRICS).flatMap((declared) => Object.keys(declared))
    assert.ok(names.length >= 10)
    for (const name of names) assert.ok(code.includes(`'${name}'`), `nothing feeds ${name}`)
  })

  it('tell of the process when asked', async () => {
    assert.match((await createMetrics({ processMetrics: true }).expose()).body, /mandate_process_cpu_seconds_total/)
  })
})
