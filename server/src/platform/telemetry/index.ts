// Telemetry: what the process says about itself, without saying anybody's secrets.
export { createLogger, type Logger, type LoggerSettings, type LogLevel } from './logger.ts'
export { type CounterName, createMetrics, type GaugeName, type HistogramName, type Metrics } from './metrics.ts'
export { redact } from './redaction.ts'
export {
  type ActiveSpan,
  createTraces,
  type SpanAttributes,
  type TraceHeaders,
  type Traces,
  type TracesSettings,
} from './traces.ts'
