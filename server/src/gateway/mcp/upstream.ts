// An MCP server behind a session, however it is reached: over HTTP, or as a child process.
import type { RpcMessage, RpcNotification, RpcRequest, RpcResponse } from './message.ts'

export interface Answer {
  response: RpcResponse
  /** The response exactly as it came, where it may be sent on so. */
  text?: string
  bytes: number
}

/** What goes with every message to the upstream. */
export interface Sending {
  /** Names the call in the upstream's own records: the id of the recorded attempt. */
  requestId: string | undefined
  traceparent: string | undefined
  signal: AbortSignal
}

export interface McpUpstream {
  /** Gives what comes before the response to `pass`. Throws UpstreamFault or OutboundFailed; `SessionGone` when it forgot us. */
  request(message: RpcRequest, sending: Sending & { pass(message: RpcMessage): void }): Promise<Answer>
  /** A notification, or the response to a request of the server. */
  tell(message: RpcNotification | RpcResponse, sending: Sending): Promise<void>
  /** Messages outside of any request, until the signal or the server ends it. False, before `opened`, when it has none. */
  listen(sending: Sending & { opened(): void; pass(message: RpcMessage): void }): Promise<boolean>
  /** Set once it is negotiated; sent with every later request. */
  revision: string | undefined
  /** Ends the session there. Never throws. */
  end(): Promise<void>
}

/** The upstream does not know the session any more. */
export class SessionGone extends Error {
  override readonly name = 'SessionGone'
}
