// Who is told what: no more than they may know, not too often, and no longer than they may.
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { test } from 'node:test'
import type { Principal } from '../../kernel/principal.ts'
import { Problem } from '../../kernel/problem.ts'
import { nobody } from '../../pipeline/index.ts'
import { type EventsGiven, eventsHub } from './hub.ts'

const person = (sub: string): Principal => ({ ...nobody, sub: sub as 'usr_dana', kind: 'user', audience: 'session' })
const open: EventsGiven = { permits: () => true, stillHere: () => true, onError: assert.ifError, now: () => 1_000_000 }

/** A listener whose texts can be waited for. */
function listening(sub = 'usr_dana') {
  const heard = new EventEmitter()
  const texts: string[] = []
  let ended = 0
  return {
    texts,
    principal: person(sub),
    since: 0,
    next: async () => String((await once(heard, 'text'))[0]),
    gone: () => once(heard, 'end'),
    get ended() {
      return ended
    },
    send(text: string) {
      texts.push(text)
      heard.emit('text', text)
      return true
    },
    end() {
      ended += 1
      heard.emit('end')
    },
  }
}

test('who listens a moment after the page was made is told what came in between, if they may know it, and nothing older', async () => {
  let at = 1_000_000
  const hub = eventsHub({ ...open, now: () => at, permits: (_, { resource }) => resource === 'agents' })
  hub.tell({ kind: 'approval', data: { id: 'apr_old' } })
  at += 5_000
  const made = at
  at += 10
  hub.tell({ kind: 'activity', data: {} })
  hub.tell({ kind: 'refusal', data: { id: 'evt_1' } })
  const [late, fresh, forged] = [listening(), listening(), listening()]
  hub.attend(fresh)
  hub.attend(late, made)
  hub.attend(forged, at + 3_600_000)
  assert.equal(await late.next(), 'event: activity\ndata: {}\n\n')
  assert.deepEqual([fresh.texts, forged.texts], [[], []])
  at += 60_001
  const later = listening()
  hub.attend(later, 0)
  const told = later.next()
  hub.tell({ kind: 'approval', data: {} })
  assert.equal(await told, 'event: approval\ndata: {}\n\n')
  hub.close()
})

test('what happens at once is told once, by kind and id, and never as more', async () => {
  const hub = eventsHub({ ...open, seesApproval: () => true })
  const dana = listening()
  hub.attend(dana)
  const told = dana.next()
  for (let n = 0; n < 5_000; n++) hub.tell({ kind: 'activity', data: {} })
  hub.tell({ kind: 'approval', data: { id: 'apr_1', status: 'pending' } })
  assert.equal(await told, 'event: activity\ndata: {}\n\nevent: approval\ndata: {"id":"apr_1","status":"pending"}\n\n')
  hub.close()
})

test('of very many different events there is a bounded number of lines', async () => {
  const hub = eventsHub({ ...open, seesApproval: () => true })
  const dana = listening()
  hub.attend(dana)
  const told = dana.next()
  for (let n = 0; n < 10_000; n++) hub.tell({ kind: 'approval', data: { id: `apr_${n}` } })
  const lines = (await told).split('\n\n').filter(Boolean)
  assert.equal(lines.length, 51)
  assert.equal(lines.at(-1), 'event: approval\ndata: {}')
  hub.close()
})

test('it tells a few times a second at most', async () => {
  const hub = eventsHub(open)
  const dana = listening()
  hub.attend(dana)
  const started = performance.now()
  for (let tellings = 0; tellings < 4; tellings++) {
    const told = dana.next()
    hub.tell({ kind: 'activity', data: {} })
    await told
  }
  assert.ok(performance.now() - started >= 4 * 190)
  hub.close()
})

test('who may not read the audit log or the agents hears nothing of them; of approvals only that there is something', async () => {
  const asked = new Set<string>()
  const hub = eventsHub({
    ...open,
    permits: ({ sub }, { resource }) => {
      asked.add(resource)
      return sub === 'usr_ada'
    },
  })
  const [dana, ada] = [listening(), listening('usr_ada')]
  hub.attend(dana)
  hub.attend(ada)
  const told = Promise.all([dana.next(), ada.next()])
  hub.tell({ kind: 'refusal', data: { id: 'evt_1' } })
  hub.tell({ kind: 'revocation', data: {} })
  hub.tell({ kind: 'activity', data: {} })
  hub.tell({ kind: 'approval', data: { id: 'apr_1', status: 'pending' } })
  await told
  assert.deepEqual(dana.texts, ['event: approval\ndata: {}\n\n'])
  assert.match(ada.texts.join(''), /refusal\ndata: {"id":"evt_1"}.*revocation.*activity.*approval\ndata: {}/s)
  assert.deepEqual([...asked].sort(), ['agents', 'audit'])
  hub.close()
})

test('an approval is told only to those who may see it; where that cannot be known, to nobody', async () => {
  const hub = eventsHub({
    ...open,
    seesApproval({ sub }) {
      if (sub === 'usr_eve') throw new Problem('unavailable')
      return sub === 'usr_dana'
    },
  })
  const everyone = ['usr_dana', 'usr_eve', 'usr_mallory'].map(listening)
  for (const one of everyone) hub.attend(one)
  const told = everyone[0]?.next()
  hub.tell({ kind: 'approval', data: { id: 'apr_1' } })
  await told
  assert.deepEqual(
    everyone.map(({ texts }) => texts.length),
    [1, 0, 0],
  )
  hub.close()
})

test('a stream ends with what its listener came in by, and when that cannot be known', async () => {
  for (const stillHere of [
    () => false,
    () => {
      throw new Problem('unavailable')
    },
  ]) {
    const hub = eventsHub({ ...open, stillHere })
    const dana = listening()
    hub.attend(dana)
    await dana.gone()
    hub.tell({ kind: 'activity', data: {} })
    assert.equal(dana.ended, 1)
    hub.close()
    assert.equal(dana.ended, 1)
  }
})

test('one person has a number of streams, another has their own, and leaving makes room', () => {
  const hub = eventsHub(open)
  const leave = Array.from({ length: 8 }, () => hub.attend(listening()))
  assert.throws(() => hub.attend(listening()), { code: 'rate_limited' })
  hub.attend(listening('usr_eve'))
  leave[0]?.()
  hub.attend(listening())
  assert.throws(() => hub.attend(listening()), { code: 'rate_limited' })
  hub.close()
})

test('who does not read is let go, and closing ends everybody and lets nobody in', async () => {
  const hub = eventsHub(open)
  const [deaf, dana] = [{ ...listening(), send: () => false }, listening()]
  let let_go = false
  hub.attend({ ...deaf, end: () => (let_go = true) })
  hub.attend(dana)
  const told = dana.next()
  hub.tell({ kind: 'activity', data: {} })
  await told
  assert.equal(let_go, true)
  hub.close()
  assert.equal(dana.ended, 1)
  assert.throws(() => hub.attend(listening()), { code: 'unavailable' })
})
