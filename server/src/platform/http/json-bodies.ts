// A body as JSON whatever its content type says, for doors whose protocol never asks for one.
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import secureJson from 'secure-json-parse'
import { Problem } from '../../kernel/problem.ts'

/** Deeper than anything a protocol of ours says, and far from where walking a value could run out of stack. */
const MAX_DEPTH = 200

/** Gathers a body of at most `limit` bytes; told once, of `too_large` as soon as it is, and never of one that broke off. */
export function gather(
  request: IncomingMessage,
  { limit }: { limit: number },
  done: (read: Buffer | Problem) => void,
): void {
  if (Number(request.headers['content-length']) > limit) {
    done(new Problem('too_large'))
    return
  }
  const chunks: Buffer[] = []
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > limit) {
      if (length - chunk.length <= limit) done(new Problem('too_large'))
      return
    }
    chunks.push(chunk)
  })
  request.on('end', () => {
    if (length > limit) return
    const [first] = chunks
    // Nearly every body comes in one piece.
    done(chunks.length === 1 && first ? first : Buffer.concat(chunks))
  })
  // Whoever broke off waits for no answer.
  request.on('error', () => {})
}

/**
 * The JSON object that `bytes` are; none for no bytes. Throws `malformed_body`, which says where the text stops being
 * JSON and repeats none of it.
 */
export function readJson(bytes: Buffer): object | undefined {
  if (bytes.length === 0) return undefined
  if (!isUtf8(bytes)) throw unreadable('the body is not UTF-8')
  // What is open must be closed again: fewer bytes than that cannot go so deep.
  if (bytes.length > 2 * MAX_DEPTH && isDeep(bytes)) throw unreadable(`the body is nested deeper than ${MAX_DEPTH}`)
  const text = bytes.toString('utf8')
  let value: unknown
  try {
    value = secureJson.parse(text, null, { protoAction: 'error', constructorAction: 'error' })
  } catch (error) {
    throw unreadable(syntaxFault(text), error)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unreadable('the body is not a JSON object')
  return value
}
const unreadable = (detail: string, cause?: unknown): Problem => new Problem('malformed_body', { detail, cause })

// The parser's own message would repeat what was sent; where it stopped is all that is taken from it, where it says so.
function syntaxFault(text: string): string {
  try {
    JSON.parse(text)
    return 'a name in the body is not allowed: __proto__ or constructor'
  } catch (error) {
    const { message } = error as Error
    const at = / at position (\d+)/.exec(message)?.[1] ?? (message.includes('end of JSON') ? text.length : undefined)
    if (at === undefined) return 'syntax error: malformed JSON'
    const before = text.slice(0, Number(at)).split('\n')
    return `syntax error (line ${before.length}:${(before.at(-1)?.length ?? 0) + 1}): malformed JSON`
  }
}

// `"`, `\`, `[`, `{`, `]` and `}`; in UTF-8 no other character has these bytes in it.
const [QUOTE, BACKSLASH, LIST, OBJECT, LIST_END, OBJECT_END] = [0x22, 0x5c, 0x5b, 0x7b, 0x5d, 0x7d]

/** Counted before anything is parsed: no walk of a value then has to fear its depth. */
function isDeep(bytes: Buffer): boolean {
  let depth = 0
  let inText = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (inText) {
      if (byte === BACKSLASH) at += 1
      else if (byte === QUOTE) inText = false
    } else if (byte === QUOTE) inText = true
    else if (byte === LIST || byte === OBJECT) {
      depth += 1
      if (depth > MAX_DEPTH) return true
    } else if (byte === LIST_END || byte === OBJECT_END) depth -= 1
  }
  return false
}
