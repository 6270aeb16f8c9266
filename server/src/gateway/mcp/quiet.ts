// Beside results that are filtered, nothing else of the upstream may speak of records: what passes says nothing of them.
import { isRequest, isResponse, type RpcMessage, type RpcNotification, type RpcResponse } from './message.ts'

const SILENT = new Set([
  'ping',
  'roots/list',
  'notifications/cancelled',
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
])

/** `pass`, for tools and streams around declared records: logs, prompts and the words of progress are left out. */
export const quietly =
  (pass: (message: RpcMessage) => void, refuse: (response: RpcResponse) => void) =>
  (message: RpcMessage): void => {
    if (isResponse(message)) return
    if (SILENT.has(message.method)) pass(message)
    else if (message.method === 'notifications/progress') pass(numbersOf(message))
    else if (isRequest(message))
      refuse({ jsonrpc: '2.0', id: message.id, error: { code: -32601, message: 'Not offered here.' } })
  }

function numbersOf({ method, params = {} }: RpcNotification): RpcNotification {
  const { progressToken, progress, total } = params
  const numbers = Object.entries({ progress, total }).filter(([, value]) => typeof value === 'number')
  return { jsonrpc: '2.0', method, params: { progressToken, ...Object.fromEntries(numbers) } }
}
