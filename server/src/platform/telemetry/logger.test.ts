// What the log writes, and what it must never write.
import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { createLogger, type Logger, type LogLevel } from './logger.ts'

const CANARY = 'Canary4711Canary4711Canary4711Canary4711'
const JWT = ['eyJ', 'hbGciOiJFUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.', CANARY].join('')

function logging(level: LogLevel = 'trace') {
  const lines: string[] = []
  const clock = { now: () => Date.UTC(2026, 10, 24), elapsed: () => 0 }
  const log = createLogger({ level, clock, destination: { write: (line: string) => void lines.push(line) } })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> }
}

describe('the log', () => {
  it('is one JSON object per line, with level, time, fields and words', () => {
    const { log, lines, last } = logging()
    log.info({ agent: 'agt_1', count: 3 }, 'agent activated')
    assert.deepEqual(last(), {
      level: 'info',
      time: '2026-11-24T00:00:00.000Z',
      agent: 'agt_1',
      count: 3,
      msg: 'agent activated',
    })
    log.warn('two\nlines')
    assert.equal(lines.length, 2)
    assert.ok(lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1))
  })

  it('keeps to its level', () => {
    const { log, lines } = logging('warn')
    log.info('no')
    log.child({}).debug('no')
    log.warn('yes')
    assert.equal(lines.length, 1)
  })

  it('says what failed', () => {
    const { log, last } = logging()
    log.error(Object.assign(new Error('refused', { cause: new Error('deeper') }), { code: 'ECONNREFUSED' }))
    assert.equal(last().msg, 'refused')
    const { err } = last() as { err: Record<string, unknown> }
    assert.deepEqual(
      [err.type, err.code, (err.cause as { message: string }).message],
      ['Error', 'ECONNREFUSED', 'deeper'],
    )
    log.error({ err: new Error('inner') }, 'could not refresh')
    assert.equal(last().msg, 'could not refresh')
  })

  it('never writes a secret, wherever it was put', () => {
    const request = new IncomingMessage(new Socket())
    request.url = `/cb?code=${CANARY}`
    request.headers = { authorization: CANARY, cookie: CANARY, host: 'localhost' }
    const response = new ServerResponse(request)
    response.setHeader('set-cookie', CANARY)
    const attempts: Record<string, (log: Logger) => void> = {
      message: (log) => log.info(`token is ${JWT}`),
      'message value': (log) => log.info('Bearer %s', CANARY),
      'message object': (log) => log.info('got %o and %j', { password: CANARY }, { secret: CANARY }),
      'extra values': (log) => log.info({ a: 1 }, 'Authorization: Bearer %s', CANARY),
      field: (log) => log.info({ a: { b: [{ client_secret: CANARY }] } }),
      'field by shape': (log) => log.info({ note: `see ${JWT}` }, 'x'),
      error: (log) => log.error(new Error(`bad ${JWT}`, { cause: { password: CANARY } })),
      'error in a field': (log) => log.error({ err: Object.assign(new Error(JWT), { headers: { cookie: CANARY } }) }),
      'error as a value': (log) => log.error('failed: %s', new Error(`token=${CANARY}`)),
      child: (log) => log.child({ token: CANARY, note: JWT }).info('x'),
      'child of a child': (log) =>
        log
          .child({ a: 1 })
          .child({ session: { cookie: CANARY } })
          .info('x'),
      'bindings set later': (log) => {
        const child = log.child({})
        child.setBindings({ password: CANARY })
        child.info('x')
      },
      'serializer of a child': (log) =>
        log.child({}, { serializers: { who: () => ({ password: CANARY, note: JWT }) } }).info({ who: 1 }),
      'prefix of a child': (log) => log.child({}, { msgPrefix: `${JWT} ` }).info('x'),
      request: (log) => log.info({ req: request, res: response }, 'answered'),
      'framework request': (log) => log.info({ req: { raw: request, headers: request.headers } }),
      bytes: (log) => log.info({ body: Buffer.from(CANARY) }),
      'name of a field': (log) => log.info({ [JWT]: 1 }),
    }
    for (const [place, attempt] of Object.entries(attempts)) {
      const { log, lines } = logging()
      attempt(log)
      assert.equal(lines.length, 1, place)
      assert.ok(!lines.join('').includes(CANARY), `${place}: ${lines}`)
      assert.doesNotThrow(() => JSON.parse(lines.join('')), place)
    }
  })

  it('shows of requests and replies what identifies them', () => {
    const { log, last } = logging()
    const request = new IncomingMessage(new Socket())
    Object.assign(request, { method: 'GET', url: '/x?code=abc', headers: { host: 'localhost' } })
    log.info({ req: request, res: new ServerResponse(request) })
    assert.deepEqual(last().req, { method: 'GET', url: '/x?code=[redacted]', host: 'localhost' })
    assert.deepEqual(last().res, { statusCode: 200 })
  })
})
