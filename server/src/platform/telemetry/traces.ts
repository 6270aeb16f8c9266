// Traces by OpenTelemetry, if somebody collects them; otherwise nothing happens at nearly no cost.
import { AsyncLocalStorage } from 'node:async_hooks'
import { type Attributes, type Context, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-node'
import { readTraceparent, writeTraceparent } from './trace-parent.ts'

export { InMemorySpanExporter } from '@opentelemetry/sdk-trace-node'

export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>

export interface ActiveSpan {
  /** Adds attributes; secrets in them are taken out. */
  set(attributes: SpanAttributes): void
}

export interface TraceHeaders {
  readonly traceparent?: string | readonly string[]
}

export interface Traces {
  /**
   * Runs `work` in a span below the current one, which lasts until what it returns has come. What it throws is noted,
   * without its secrets, and thrown on.
   */
  span<T>(name: string, attributes: SpanAttributes, work: (span: ActiveSpan) => T): T
  /** Runs `work` as part of the trace its caller announced in `headers` (lower-case names), if any. */
  continuing<T>(headers: TraceHeaders, work: () => T): T
  /** Headers for a request that belongs to the current span; empty outside one. */
  headers(): { traceparent?: string }
  /** Hands over what was recorded and stops. */
  shutdown(): Promise<void>
}

export interface TracesSettings {
  /** URL of an OTLP/HTTP collector, e.g. `http://collector:4318/v1/traces`. */
  otlpEndpoint?: string
  /** Takes every span at once; for tests and other collectors. */
  exporter?: SpanExporter
  redact: (value: unknown) => unknown
}

export function createTraces({ otlpEndpoint, exporter, redact }: TracesSettings): Traces {
  if (!exporter && !otlpEndpoint) return untraced
  const processor = exporter
    ? new SimpleSpanProcessor(exporter)
    : new BatchSpanProcessor(new OTLPTraceExporter({ url: otlpEndpoint }))
  const provider = new NodeTracerProvider({ spanProcessors: [processor] })
  const tracer = provider.getTracer('mandate')
  const current = new AsyncLocalStorage<Context>()

  const shown = (attributes: SpanAttributes): Attributes => redact(attributes) as Attributes

  const note = (span: Span, error: unknown) => {
    const plain = redact(error instanceof Error ? error : new Error(String(error))) as Record<string, string>
    span.setStatus({ code: SpanStatusCode.ERROR, message: plain.message })
    span.addEvent('exception', { 'exception.type': plain.type, 'exception.message': plain.message })
  }

  return {
    span<T>(name: string, attributes: SpanAttributes, work: (span: ActiveSpan) => T): T {
      const parent = current.getStore() ?? ROOT_CONTEXT
      const span = tracer.startSpan(String(redact(name)), { attributes: shown(attributes) }, parent)
      const failed = (error: unknown): never => {
        note(span, error)
        span.end()
        throw error
      }
      const ended = <V>(value: V): V => {
        span.end()
        return value
      }
      let result: T
      try {
        result = current.run(trace.setSpan(parent, span), work, {
          set: (more: SpanAttributes) => void span.setAttributes(shown(more)),
        })
      } catch (error) {
        return failed(error)
      }
      return result instanceof Promise ? (result.then(ended, failed) as T) : ended(result)
    },
    continuing(headers, work) {
      const remote = readTraceparent(headers.traceparent)
      return remote ? current.run(trace.setSpanContext(ROOT_CONTEXT, remote), work) : work()
    },
    headers() {
      const context = current.getStore()
      const span = context && trace.getSpanContext(context)
      return span ? { traceparent: writeTraceparent(span) } : {}
    },
    shutdown: () => provider.shutdown(),
  }
}

const idle: ActiveSpan = { set: () => undefined }
const untraced: Traces = {
  span: (_name, _attributes, work) => work(idle),
  continuing: (_headers, work) => work(),
  headers: () => ({}),
  shutdown: async () => undefined,
}
