// One call as it arrives at any door, before anything about it is believed.
import type { Principal } from '../kernel/principal.ts'

export interface Call {
  /** What the caller presents; judged by the `authenticate` port. */
  credentials: Credentials
  /** What it asks for, unparsed. */
  input: unknown
  /** Names this call in logs, traces, audit and problem documents. */
  correlation: string
  /** Address the connection came from. */
  remote: string
  /** The caller's name for this POST: sent again, it is done once. */
  idempotencyKey?: string
  /** Set by the road: what the reply must say of consistency. */
  position?: number
  /** Set by the road once it has run, so that a door can prove it was taken. */
  performed?: string
}

export interface Credentials {
  authorization?: string
  /** Value of our session cookie. */
  session?: string
  /** For requests by cookie: where the browser says the request comes from (Origin, Sec-Fetch-Site). */
  origin?: string
  fetchSite?: string
  method?: string
  /** The audience a token must have at this door; `session` where only a person's first-party session counts. */
  audience: string
}

/** What a call by HTTP is made of. */
export interface Arriving extends Omit<Call, 'input' | 'position' | 'performed'> {
  /** Reads the input, when the road comes to it. */
  input(): unknown
}

/**
 * A call by HTTP. A class, because V8 gives an object with getters of its own a shape of its own, which keeps what the
 * getters refer to, here a whole request, until the next full collection.
 */
export class Arrived implements Call {
  readonly credentials: Credentials
  readonly correlation: string
  readonly remote: string
  readonly idempotencyKey: string | undefined
  readonly #input: () => unknown
  position: number | undefined
  performed: string | undefined

  constructor({ credentials, correlation, remote, idempotencyKey, input }: Arriving) {
    this.credentials = credentials
    this.correlation = correlation
    this.remote = remote
    this.idempotencyKey = idempotencyKey
    this.#input = input
  }

  get input(): unknown {
    return this.#input()
  }
}

/** What an operation's body is given beside its input. */
export interface Context {
  principal: Principal
  /** Wall time of the call, milliseconds since the epoch. */
  now: number
  correlation: string
  remote: string
  /** Id of the recorded attempt; sent upstream so that an outside ledger can be matched with the log. */
  attempt: string
  /** The approval that released this call; what it does must then be exactly what was shown. */
  approval?: string
  /** Adds to what the outcome records: counts and digests, never contents. */
  note(facts: Facts): void
  /** For public operations: the caller proved who they are, so that the call, or the several that it took, do not count as a stranger's. */
  identified(requests?: number): void
}

/** Facts of an outcome (CONTRACT §3): numbers and short codes. */
export type Facts = Readonly<Record<string, string | number | boolean | readonly string[]>>
