// A call is let go for the first reason there is, and for none after it was released.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createAttendance } from './attendance.ts'
import { holdCall } from './hold.ts'
import { ATTENDANCE_MS, CALL_TIMEOUT_MS } from './model.ts'
import { bot, dana } from './testing.ts'
import { UpstreamFault, upstreamProblem } from './upstream-problem.ts'

const principal = {
  sub: dana,
  kind: 'user' as const,
  act: [{ sub: bot }],
  client: bot,
  scopes: new Set<string>(),
  authorizationDetails: [],
  audience: '',
  expiresAt: 100,
}
const attending = (stillValid: () => boolean, now = () => 0) =>
  createAttendance({ stillValid, clock: { now, elapsed: now } })
const never = new AbortController().signal

describe('A held call', () => {
  it('times out after a minute: failed for a read, unknown for anything else', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
    const hold = holdCall(
      attending(() => true),
      { principal, gone: never, timeoutMs: CALL_TIMEOUT_MS },
    )
    t.mock.timers.tick(CALL_TIMEOUT_MS - 1)
    assert.equal(hold.signal.aborted, false)
    t.mock.timers.tick(1)
    assert.deepEqual([hold.signal.aborted, hold.why()], [true, 'timeout'])
    const cut = new UpstreamFault('cut', true)
    const codeFor = (effect: 'read' | 'write' | 'irreversible') =>
      (upstreamProblem(cut, { effect, why: hold.why() }) as { code: string }).code
    assert.deepEqual(
      [codeFor('read'), codeFor('write'), codeFor('irreversible')],
      ['upstream_failed', 'outcome_unknown', 'outcome_unknown'],
    )
    hold.release()
  })

  it('ends within a quarter of a second of its access, or when that cannot be known', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
    assert.ok(ATTENDANCE_MS <= 250)
    const unknown = () => {
      throw new Error('too old to say')
    }
    for (const stillValid of [() => false, unknown]) {
      const hold = holdCall(attending(stillValid), { principal, gone: never })
      t.mock.timers.tick(ATTENDANCE_MS)
      assert.equal(hold.why(), 'access_ended')
    }
  })

  it('outlives its token, which a stream does not', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
    const attendance = attending(
      () => true,
      () => 100_000,
    )
    const call = holdCall(attendance, { principal, gone: never })
    const stream = holdCall(attendance, { principal, gone: never, untilExpiry: true })
    t.mock.timers.tick(ATTENDANCE_MS)
    assert.deepEqual([call.why(), stream.why()], [undefined, 'access_ended'])
  })

  it('that was released is not let go any more', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
    const gone = new AbortController()
    const hold = holdCall(
      attending(() => false),
      { principal, gone: gone.signal, timeoutMs: 10 },
    )
    hold.release()
    gone.abort()
    t.mock.timers.tick(CALL_TIMEOUT_MS)
    assert.equal(hold.signal.aborted, false)
  })
})
