// What rooms may know of the network: one client that only goes where it is allowed, and gives up in time.

export interface OutboundRequest {
  method: string
  /** Sent in the URL standard's normal form; a fragment is dropped. */
  url: string
  /** Header names in any case. Those of the connection (`host`, `content-length`, …) are refused. */
  headers?: Readonly<Record<string, string>>
  body?: string | Buffer
  /** For `send`: until the whole answer is in. For `open`: until its headers are in, and then between two chunks. */
  timeoutMs?: number
  /** Largest body taken; for `open` without limit unless given. */
  maxBytes?: number
  signal?: AbortSignal
}

export type OutboundHeaders = Record<string, string | string[]>

export interface OutboundResponse {
  status: number
  /** Lower-case names. */
  headers: OutboundHeaders
  /** As received: nothing is decompressed. */
  body: Buffer
}

export interface OutboundStream {
  status: number
  headers: OutboundHeaders
  /**
   * The body as it comes, once. It is not read ahead: the connection is held until this is read to its end, left, or
   * cancelled.
   */
  chunks: AsyncIterable<Uint8Array>
  /** Ends the request and its connection. Harmless when it has ended already. */
  cancel(): void
}

/**
 * Both verbs reject with `OutboundRefused` when nothing was sent and nothing will be, and with `OutboundFailed` when it
 * was tried. Redirects are answers like any other; nothing is retried.
 */
export interface Outbound {
  send(request: OutboundRequest): Promise<OutboundResponse>
  open(request: OutboundRequest): Promise<OutboundStream>
  /** Judges a URL that is to be used later, its host's addresses included, without connecting. */
  checkUrl(url: string): Promise<void>
  close(): Promise<void>
}
