// Bodies that are JSON whatever their content type says, for doors whose protocol never asks for one.
import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../../kernel/problem.ts'

/** Deeper than anything a protocol of ours says, and far from where walking a value could run out of stack. */
const MAX_DEPTH = 200

/**
 * Reads every body below `scope` as a JSON object; an empty one is none. A refusal says where the text stops being JSON,
 * and repeats none of it.
 */
export function bodiesAreJson(scope: FastifyInstance): void {
  const parse = scope.getDefaultJsonParser('error', 'error')
  scope.removeAllContentTypeParsers()
  // Named as well, because only what is named is found without reading the header anew.
  scope.addContentTypeParser<Buffer>(['application/json', '*'], { parseAs: 'buffer' }, (request, bytes, done) => {
    if (bytes.length === 0) return done(null, undefined)
    if (!isUtf8(bytes)) return done(unreadable('the body is not UTF-8'))
    if (isDeep(bytes)) return done(unreadable(`the body is nested deeper than ${MAX_DEPTH}`))
    const text = bytes.toString('utf8')
    parse(request, text, (error, value) => {
      if (error) done(unreadable(syntaxFault(text), error))
      else if (typeof value !== 'object' || value === null || Array.isArray(value))
        done(unreadable('the body is not a JSON object'))
      else done(null, value)
    })
  })
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
