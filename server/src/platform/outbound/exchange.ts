// One request on the wire and its answer, ended by whoever comes first: the answer, the clock, the cap or the caller.
import type { Dispatcher } from 'undici'
import { failure, OutboundFailed } from './errors.ts'
import type { OutboundHeaders } from './outbound.ts'

export interface Limits {
  host: string
  timeoutMs: number
  maxBytes: number
  signal: AbortSignal | undefined
}

/** Where the parts of an answer go. `ended` is called exactly once, with the error if there was one. */
export interface Receiver {
  started(status: number, headers: OutboundHeaders): void
  received(chunk: Buffer): void
  ended(error?: Error): void
}

export class Exchange implements Dispatcher.DispatchHandler {
  readonly #limits: Limits
  readonly #receiver: Receiver
  // Streams are cancelled when they are over, too: an error with its stack is not made for nobody.
  readonly #cancel = () => {
    if (!this.#over) this.end(this.#failed('cancelled'))
  }
  #timer: NodeJS.Timeout | undefined
  #controller: Dispatcher.DispatchController | undefined
  #bytes = 0
  #over = false

  constructor(limits: Limits, receiver: Receiver) {
    this.#limits = limits
    this.#receiver = receiver
    this.restartClock()
    limits.signal?.addEventListener('abort', this.#cancel, { once: true })
  }

  /** Ends the exchange from our side. A request still waiting for a connection is then never written. */
  end(error: Error): void {
    if (this.#over) return
    this.#finish(error)
    this.#controller?.abort(error)
  }

  cancel(): void {
    this.#cancel()
  }

  restartClock(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.end(this.#failed('timeout')), this.#limits.timeoutMs)
  }

  /** Stops reading, and the clock with it: a slow reader is not a slow sender. */
  pause(): void {
    clearTimeout(this.#timer)
    this.#controller?.pause()
  }

  resume(): void {
    if (this.#over) return
    this.restartClock()
    this.#controller?.resume()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#over) controller.abort(this.#failed('cancelled'))
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Dispatcher.ResponseData['headers'],
  ) {
    // 1xx announce an answer; they are not one (RFC 9110 §15.2).
    if (this.#over || status < 200) return
    this.#receiver.started(status, headers as OutboundHeaders)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // A resumed parser hands over an empty chunk first; to pause for that one would never end.
    if (this.#over || chunk.length === 0) return
    this.#bytes += chunk.length
    if (this.#bytes > this.#limits.maxBytes) this.end(this.#failed('too_large'))
    else this.#receiver.received(chunk)
  }

  onResponseEnd(): void {
    this.#finish()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#finish(failure(error, { host: this.#limits.host, sent: this.#sent }))
  }

  get #sent(): boolean {
    return this.#controller !== undefined
  }

  #failed(reason: 'timeout' | 'too_large' | 'cancelled'): OutboundFailed {
    return new OutboundFailed(reason, { host: this.#limits.host, sent: this.#sent })
  }

  #finish(error?: Error): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    this.#limits.signal?.removeEventListener('abort', this.#cancel)
    this.#receiver.ended(error)
  }
}
