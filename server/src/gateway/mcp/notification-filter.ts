// Beside results that are filtered, nothing else of the upstream may speak of records: what passes says nothing of them,
// neither in words nor by how often it is said.
import type { RpcId, RpcMessage, RpcNotification, RpcResponse } from './message.ts'
import { isRequest, isResponse } from './message.ts'

const REQUESTS = new Set(['ping', 'roots/list'])
const CHANGES = new Set([
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
])
/** A server may tell of each record it comes by. */
const PROGRESS_MS = 1_000

export interface NotificationFilter {
  pass(message: RpcMessage): void
  /** Answers the upstream's request in the client's place. */
  refuse(response: RpcResponse): void
  /** What the client wants to hear of progress by, where it does. */
  token?: unknown
  elapsed(): number
}

/** `pass`, for tools and streams around declared records: all words are left out, and all numbers but our own. */
export function filterNotifications({
  pass,
  refuse,
  token,
  elapsed,
}: NotificationFilter): (message: RpcMessage) => void {
  let steps = 0
  let toldAt = Number.NEGATIVE_INFINITY

  function progress({ params = {} }: RpcNotification): void {
    if (!isToken(token) || params.progressToken !== token || elapsed() - toldAt < PROGRESS_MS) return
    toldAt = elapsed()
    steps += 1
    // How far it is would be how many there are.
    pass({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: token, progress: steps } })
  }

  return (message) => {
    if (isResponse(message)) return
    const { method, params } = message
    if (isRequest(message)) {
      if (REQUESTS.has(method)) pass({ jsonrpc: '2.0', id: message.id, method })
      else refuse({ jsonrpc: '2.0', id: message.id, error: { code: -32601, message: 'Not offered here.' } })
    } else if (CHANGES.has(method)) pass({ jsonrpc: '2.0', method })
    else if (method === 'notifications/progress') progress(message)
    else if (method === 'notifications/cancelled' && isToken(params?.requestId))
      pass({ jsonrpc: '2.0', method, params: { requestId: params.requestId } })
  }
}

const isToken = (value: unknown): value is RpcId => typeof value === 'string' || typeof value === 'number'
