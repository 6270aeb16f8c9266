// Who listens, and what each is told: a few times a second at most, no more than they may know, as long as they may.
import type { Question } from '../../kernel/decision.ts'
import type { Principal } from '../../kernel/principal.ts'
import { Problem } from '../../kernel/problem.ts'
import { eventText, type HouseEvent, type Listener } from './model.ts'

export interface EventsGiven {
  /** Whether the road would permit it to this caller; may throw when it cannot be known. */
  permits(principal: Principal, question: Question): boolean
  /** Whether what the caller came in by still counts; may throw when it cannot be known. */
  stillHere(principal: Principal, since: number): boolean
  /** Whether the caller may see an approval. Without it everybody learns that there is something, and not what. */
  seesApproval?(principal: Principal, id: string): boolean
  onError(error: unknown): void
  now(): number
}

export interface EventsHub {
  tell(event: HouseEvent): void
  /**
   * Throws `rate_limited` where the caller listens too often already. Call what is returned to leave. `after` is a
   * moment, milliseconds since the epoch: what was told since then is told again, for a page made before it listened.
   */
  attend(listener: Listener, after?: number): () => void
  close(): void
}

const TELL_MS = 200
const LOOK_MS = 1_000
const HEARTBEAT_LOOKS = 15
const MOST_PER_CALLER = 8
/** Events that wait for one listener; beyond it only that there were more. */
const MOST_WAITING = 50

/** What was told lately is kept for those who listen a moment too late; by what it says, so that it stays small. */
const KEPT_MS = 60_000
const MOST_KEPT = 200
/** Clocks of replicas differ: a page may have been made by another. */
const SKEW_MS = 250

/** What a caller must be permitted to read in order to be told. */
const NEEDED: Readonly<Record<'revocation' | 'refusal' | 'activity', Question>> = {
  revocation: { action: 'read', resource: 'audit' },
  refusal: { action: 'read', resource: 'audit' },
  activity: { action: 'read', resource: 'agents' },
}

export function eventsHub(given: EventsGiven): EventsHub {
  const waiting = new Map<Listener, Set<string>>()
  const lately = new Map<string, { event: HouseEvent; at: number }>()
  let telling: NodeJS.Timeout | undefined
  let looking: NodeJS.Timeout | undefined
  let looks = 0
  let closed = false

  // What cannot be known is not told, and who cannot be known stays no longer.
  const known = (judge: () => boolean): boolean => {
    try {
      return judge()
    } catch (error) {
      if (!(error instanceof Problem)) given.onError(error)
      return false
    }
  }

  function asSeenBy({ principal }: Listener, event: HouseEvent): HouseEvent | undefined {
    if (event.kind !== 'approval')
      return known(() => given.permits(principal, NEEDED[event.kind as keyof typeof NEEDED])) ? event : undefined
    const { seesApproval } = given
    if (!seesApproval) return { kind: 'approval', data: {} }
    return known(() => seesApproval(principal, event.data.id ?? '')) ? event : undefined
  }

  function leave(listener: Listener): void {
    waiting.delete(listener)
    if (waiting.size > 0) return
    clearInterval(looking)
    looking = undefined
  }

  function end(listener: Listener): void {
    leave(listener)
    listener.end()
  }

  function send(listener: Listener, text: string): void {
    if (!listener.send(text)) end(listener)
  }

  function tellAll(): void {
    telling = undefined
    for (const [listener, texts] of [...waiting]) {
      if (texts.size === 0) continue
      waiting.set(listener, new Set())
      send(listener, [...texts].join(''))
    }
  }

  function look(): void {
    looks += 1
    for (const listener of [...waiting.keys()])
      if (!known(() => given.stillHere(listener.principal, listener.since))) end(listener)
      else if (looks % HEARTBEAT_LOOKS === 0) send(listener, ': still here\n\n')
  }

  function queue(listener: Listener, event: HouseEvent, text: string): void {
    const texts = waiting.get(listener)
    // What waits for them already needs no judging again: a busy house says the same thing many times a second.
    if (!texts || texts.has(text)) return
    const seen = asSeenBy(listener, event)
    if (!seen) return
    texts.add(eventText(texts.size < MOST_WAITING ? seen : { kind: seen.kind, data: {} }))
    telling ??= setTimeout(tellAll, TELL_MS).unref()
  }

  // Newest last; each text once.
  function keep(text: string, event: HouseEvent): void {
    lately.delete(text)
    lately.set(text, { event, at: given.now() })
    const [oldest] = lately.keys()
    if (lately.size > MOST_KEPT && oldest !== undefined) lately.delete(oldest)
  }

  return {
    tell(event) {
      const text = eventText(event)
      keep(text, event)
      for (const listener of waiting.keys()) queue(listener, event, text)
    },
    attend(listener, after) {
      const theirs = [...waiting.keys()].filter(({ principal }) => principal.sub === listener.principal.sub)
      if (closed) throw new Problem('unavailable', { headers: { 'retry-after': '1' } })
      if (theirs.length >= MOST_PER_CALLER)
        throw new Problem('rate_limited', {
          detail: `You listen in ${MOST_PER_CALLER} places already; close one of them.`,
          headers: { 'retry-after': '10' },
        })
      waiting.set(listener, new Set())
      const from = after === undefined ? Number.POSITIVE_INFINITY : Math.max(after - SKEW_MS, given.now() - KEPT_MS)
      for (const [text, { event, at }] of lately) if (at >= from) queue(listener, event, text)
      looking ??= setInterval(look, LOOK_MS).unref()
      return () => leave(listener)
    },
    close() {
      closed = true
      clearTimeout(telling)
      for (const listener of [...waiting.keys()]) end(listener)
    },
  }
}
