// The process's log: one JSON object per line, with nothing secret in it.
import { IncomingMessage, ServerResponse } from 'node:http'
import { format } from 'node:util'
import { type DestinationStream, type LogFn, type Logger, pino } from 'pino'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import { redact } from './redaction.ts'
import { redactText } from './secret-shapes.ts'

export type { Logger } from 'pino'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

export interface LoggerSettings {
  level: LogLevel
  /** Standard output unless given. */
  destination?: DestinationStream
  clock?: Clock
}

/** `log.info('words')`, `log.info({ fields }, 'words')`, `log.error(error)`, `log.child({ fields })`. */
export function createLogger({ level, destination, clock = systemClock }: LoggerSettings): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
    formatters: {
      level: (label: string) => ({ level: label }),
      bindings: (bindings: Record<string, unknown>) => fieldsOf(bindings),
    },
    // Ours have been applied when these run; pino's own would look for an Error.
    serializers: { err: (error: unknown) => error },
    hooks: { logMethod, streamWrite: clean },
  }
  return destination ? pino(options, destination) : pino(options)
}

function logMethod(this: Logger, args: unknown[], method: LogFn): void {
  const [first, ...rest] = args
  if (typeof first === 'object' && first !== null) {
    const words = rest.length > 0 ? wording(rest) : first instanceof Error ? redactText(first.message) : undefined
    method.call(this, first instanceof Error ? { err: redact(first) } : fieldsOf(first), words)
  } else {
    method.call(this, wording(args))
  }
}

/** The message with its values put in, before it is searched: a secret may only show its shape when it is whole. */
function wording(args: unknown[]): string {
  const [first, ...rest] = args
  if (rest.length === 0) return redactText(String(first))
  return redactText(format(first, ...rest.map(redact)))
}

function fieldsOf(fields: object): Record<string, unknown> {
  const shown = Object.entries(fields).map(([name, value]) => [name, outline(value)])
  return redact(Object.fromEntries(shown)) as Record<string, unknown>
}

/** Requests and replies, Fastify's included, are far too much to copy: what identifies them is enough. */
function outline(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const raw = 'raw' in value ? value.raw : value
  if (raw instanceof IncomingMessage) {
    return { method: raw.method, url: raw.url, host: raw.headers.host, remoteAddress: raw.socket?.remoteAddress }
  }
  return raw instanceof ServerResponse ? { statusCode: raw.statusCode } : value
}

/** The last net, under whatever a child's own serializers or prefix put into the line. */
function clean(line: string): string {
  if (redactText(line) === line) return line
  // Redacting the serialised text could break it; redacting what it says cannot.
  try {
    return `${JSON.stringify(redact(JSON.parse(line)))}\n`
  } catch {
    return redactText(line)
  }
}
