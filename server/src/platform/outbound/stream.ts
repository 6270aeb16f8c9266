// The body of a streamed answer, read as fast as its reader reads and no faster.
import type { Exchange } from './exchange.ts'

export class ChunkStream implements AsyncIterableIterator<Uint8Array> {
  readonly #queue: Uint8Array[] = []
  #reader: PromiseWithResolvers<IteratorResult<Uint8Array>> | undefined
  #ended = false
  #error: Error | undefined
  #exchange: Exchange | undefined

  /** The exchange that fills this stream; it cannot be known before the stream is. */
  attach(exchange: Exchange): void {
    this.#exchange = exchange
  }

  push(chunk: Uint8Array): void {
    const reader = this.#reader
    if (reader) {
      this.#reader = undefined
      this.#exchange?.restartClock()
      reader.resolve({ value: chunk, done: false })
    } else {
      this.#queue.push(chunk)
      this.#exchange?.pause()
    }
  }

  end(error?: Error): void {
    this.#ended = true
    this.#error = error
    const reader = this.#reader
    this.#reader = undefined
    if (error) reader?.reject(error)
    else reader?.resolve({ value: undefined, done: true })
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const value = this.#queue.shift()
    if (value) {
      if (this.#queue.length === 0) this.#exchange?.resume()
      return { value, done: false }
    }
    if (this.#error) throw this.#error
    if (this.#ended) return { value: undefined, done: true }
    if (this.#reader) throw new Error('A streamed answer has one reader.')
    this.#reader = Promise.withResolvers()
    return this.#reader.promise
  }

  /** Leaving a `for await` early ends the request. */
  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#queue.length = 0
    this.#exchange?.cancel()
    return { value: undefined, done: true }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
