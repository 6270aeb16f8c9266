// An MCP server as a child process, one per session: ids are ours towards it, and the caller's towards the caller.
import type { Credential } from '@mandate/contract'
import { isObject } from '../../kernel/json-object.ts'
import { echoes, secretsOf } from '../credential-headers.ts'
import type { GatewayGiven, StdioServer } from '../model.ts'
import { UpstreamFault } from '../upstream-problem.ts'
import { startChild } from './child.ts'
import {
  isRequest,
  isResponse,
  messageOf,
  type RpcId,
  type RpcMessage,
  type RpcNotification,
  type RpcRequest,
  type RpcResponse,
} from './message.ts'
import { type Answer, type McpUpstream, SessionGone } from './upstream.ts'

/** Messages of the server that nobody is there to hear yet. */
const UNHEARD_LIMIT = 100

interface Waiting {
  request: RpcRequest
  pass(message: RpcMessage): void
  settle: PromiseWithResolvers<Answer>
}

export function stdioUpstream(
  given: Pick<GatewayGiven, 'programs' | 'debug'> & {
    server: StdioServer
    credential: Credential | undefined
    /** The child ended by itself. */
    ended(): void
  },
): McpUpstream {
  const { server, credential } = given
  const waiting = new Map<number, Waiting>()
  /** Requests of the server that wait for the client's response. */
  const asked = new Set<RpcId>()
  const unheard: RpcMessage[] = []
  let listener: ((message: RpcMessage) => void) | undefined
  const gone = new AbortController()
  let last = 0

  const child = startChild({
    command: server.command,
    args: server.args,
    env: { ...server.env, ...variableOf(server, credential) },
    path: given.programs.path,
    homes: given.programs.homes,
    secrets: secretsOf(credential),
    debug: given.debug,
    line: receive,
    ended(why) {
      gone.abort()
      for (const { settle } of waiting.values()) settle.reject(new UpstreamFault(why, true))
      waiting.clear()
      given.ended()
    },
  })

  function receive(line: string): void {
    const message = parsed(line)
    if (!message) return
    if (echoes(credential, line)) withhold(message)
    else if (isResponse(message)) answer(message, line.length)
    else pass(message)
  }

  function pass(message: RpcRequest | RpcNotification): void {
    if (isRequest(message)) asked.add(message.id)
    const { progressToken } = message.params ?? {}
    const of = typeof progressToken === 'number' ? waiting.get(progressToken) : undefined
    const theirs = of ? { ...message, params: { ...message.params, progressToken: tokenOf(of.request) } } : message
    const to = of?.pass ?? listener
    if (to) to(theirs)
    else if (unheard.length < UNHEARD_LIMIT) unheard.push(theirs)
  }

  function answer(response: RpcResponse, bytes: number): void {
    const entry = typeof response.id === 'number' ? waiting.get(response.id) : undefined
    if (!entry) return
    waiting.delete(Number(response.id))
    entry.settle.resolve({ response: { ...response, id: entry.request.id }, bytes })
  }

  function withhold(message: RpcMessage): void {
    if (!isResponse(message) || typeof message.id !== 'number') return
    waiting
      .get(message.id)
      ?.settle.reject(new UpstreamFault('The program put the credential into its answer, which is withheld.', true))
    waiting.delete(message.id)
  }

  function write(message: RpcMessage): void {
    if (gone.signal.aborted) throw new SessionGone()
    if (!child.write(JSON.stringify(message)))
      throw new UpstreamFault('The program behind this connection does not read any more.', false)
  }

  return {
    revision: undefined,

    async request(message, { signal, pass }) {
      last += 1
      const id = last
      const settle = Promise.withResolvers<Answer>()
      waiting.set(id, { request: message, pass, settle })
      const stop = () => {
        waiting.delete(id)
        if (message.method !== 'initialize')
          child.write(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } }))
        settle.reject(new UpstreamFault('The call was given up.', true))
      }
      try {
        write(renamed(message, id))
        if (signal.aborted) stop()
        signal.addEventListener('abort', stop, { once: true })
        return await settle.promise
      } finally {
        waiting.delete(id)
        signal.removeEventListener('abort', stop)
      }
    },

    async tell(message) {
      if (isResponse(message)) {
        if (message.id !== null && asked.delete(message.id)) write(message)
      } else if (message.method === 'notifications/cancelled') {
        const entry = [...waiting].find(([, { request }]) => request.id === message.params?.requestId)
        if (entry) write({ ...message, params: { ...message.params, requestId: entry[0] } })
      } else write(message)
    },

    async listen({ signal, opened, pass }) {
      opened()
      for (const message of unheard.splice(0)) pass(message)
      listener = pass
      const ended = AbortSignal.any([signal, gone.signal])
      if (!ended.aborted) await new Promise((done) => ended.addEventListener('abort', done, { once: true }))
      if (listener === pass) listener = undefined
      return true
    },

    end: () => child.end(),
  }
}

const metaOf = ({ params }: RpcRequest): Record<string, unknown> => {
  const meta = params?._meta
  return isObject(meta) ? meta : {}
}
const tokenOf = (request: RpcRequest): unknown => metaOf(request).progressToken

/** Our id in place of the caller's, as progress token too: two calls may use one token, and must not hear each other. */
function renamed(message: RpcRequest, id: number): RpcRequest {
  if (tokenOf(message) === undefined) return { ...message, id }
  return { ...message, id, params: { ...message.params, _meta: { ...metaOf(message), progressToken: id } } }
}

function parsed(line: string): RpcMessage | undefined {
  try {
    return messageOf(JSON.parse(line))
  } catch {
    // Not of the protocol: some programs print a greeting.
    return undefined
  }
}

function variableOf(server: StdioServer, credential: Credential | undefined): Record<string, string> {
  if (server.credential_variable === undefined || credential?.type !== 'api_key') return {}
  return { [server.credential_variable]: credential.value }
}
