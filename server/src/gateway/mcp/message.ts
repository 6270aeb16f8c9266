// JSON-RPC 2.0 messages as MCP uses them (2025-11-25, basic): read into exactly what we know, nothing beside it.
import { isObject } from '../../kernel/json-object.ts'

export type RpcId = string | number

export interface RpcRequest {
  jsonrpc: '2.0'
  id: RpcId
  method: string
  params?: Record<string, unknown>
}
export type RpcNotification = Omit<RpcRequest, 'id'>
export interface RpcError {
  code: number
  message: string
  data?: unknown
}
export interface RpcResponse {
  jsonrpc: '2.0'
  /** Null where the request could not be read. */
  id: RpcId | null
  result?: unknown
  error?: RpcError
}
export type RpcMessage = RpcRequest | RpcNotification | RpcResponse

export const isRequest = (message: RpcMessage): message is RpcRequest => 'method' in message && 'id' in message
export const isResponse = (message: RpcMessage): message is RpcResponse => !('method' in message)

/** The message that a value is, or undefined when it is none. */
export function messageOf(value: unknown): RpcMessage | undefined {
  if (!isObject(value) || value.jsonrpc !== '2.0') return undefined
  const { id, method, params } = value
  if (method === undefined) return responseOf(value)
  if (typeof method !== 'string' || method.length === 0 || method.length > 200) return undefined
  if (params !== undefined && !isObject(params)) return undefined
  if (id !== undefined && !isRpcId(id)) return undefined
  return { jsonrpc: '2.0', ...(id !== undefined && { id }), method, ...(params !== undefined && { params }) }
}

function responseOf({ id, result, error }: Record<string, unknown>): RpcResponse | undefined {
  if (id !== null && !isRpcId(id)) return undefined
  if (error === undefined) return result === undefined ? undefined : { jsonrpc: '2.0', id, result }
  if (result !== undefined || !isObject(error)) return undefined
  const { code, message, data } = error
  if (typeof code !== 'number' || typeof message !== 'string') return undefined
  return { jsonrpc: '2.0', id, error: { code, message, ...(data !== undefined && { data }) } }
}

const isRpcId = (id: unknown): id is RpcId =>
  (typeof id === 'string' && id.length <= 200) || (typeof id === 'number' && Number.isSafeInteger(id))
