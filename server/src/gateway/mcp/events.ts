// Server-sent events as streamable HTTP uses them: one JSON-RPC message each, without ids, so that none can be resumed.
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { RESULT_LIMIT, TOO_LARGE } from '../model.ts'
import { UpstreamFault } from '../upstream-problem.ts'
import { messageOf, type RpcMessage } from './message.ts'

export const eventText = (message: RpcMessage): string => `event: message\ndata: ${JSON.stringify(message)}\n\n`

export interface ReadEvent {
  message: RpcMessage
  text: string
}

/** The messages of an event stream as they come. Throws UpstreamFault for what is not JSON-RPC, or too large. */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ReadEvent> {
  const events: EventSourceMessage[] = []
  let tooLarge = false
  const parser = createParser({
    maxBufferSize: RESULT_LIMIT,
    onEvent: (event) => events.push(event),
    onError: (error) => {
      tooLarge ||= error.type === 'max-buffer-size-exceeded'
    },
  })
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  for await (const chunk of chunks) {
    parser.feed(decoded(utf8, chunk))
    if (tooLarge) throw new UpstreamFault(TOO_LARGE, true)
    for (const { data, event } of events.splice(0)) {
      if (data === '' || (event !== undefined && event !== 'message')) continue
      if (data.length > RESULT_LIMIT) throw new UpstreamFault(TOO_LARGE, true)
      yield { message: readMessage(data), text: data }
    }
  }
}

export function readMessage(text: string): RpcMessage {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new UpstreamFault('The upstream did not answer with JSON.', true)
  }
  const message = messageOf(value)
  if (!message) throw new UpstreamFault('The upstream did not answer with a JSON-RPC message.', true)
  return message
}

function decoded(utf8: InstanceType<typeof TextDecoder>, chunk: Uint8Array): string {
  try {
    return utf8.decode(chunk, { stream: true })
  } catch {
    throw new UpstreamFault('The upstream did not answer with UTF-8.', true)
  }
}
