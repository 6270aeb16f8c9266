// A copy of any value that can be shown: secrets taken out by the name of their field and by their shape.
import { isHarmlessCode, isSecretName } from './secret-names.ts'
import { REDACTED, redactText } from './secret-shapes.ts'

const MAX_DEPTH = 12
const MAX_VALUES = 5_000

/**
 * Plain data (what JSON can say) that means the same as `value` without its secrets. Never throws, never changes
 * `value`, ends on cycles and on endless data. Bytes are shown as their count. Errors become
 * `{ type, message, code?, stack, cause?, … }`.
 */
export function redact(value: unknown): unknown {
  return new Walk().visit(value, 0)
}

class Walk {
  readonly #above = new Set<object>()
  #left = MAX_VALUES

  visit(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        return redactText(value)
      case 'bigint':
        return value.toString()
      case 'symbol':
        return redactText(String(value))
      case 'function':
        return undefined
      case 'object':
        break
      default:
        return value
    }
    if (value === null) return null
    if (--this.#left < 0 || depth > MAX_DEPTH) return '[cut]'
    if (this.#above.has(value)) return '[circular]'
    this.#above.add(value)
    try {
      return this.#object(value, depth + 1)
    } catch {
      return '[unreadable]'
    } finally {
      this.#above.delete(value)
    }
  }

  #object(value: object, depth: number): unknown {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
    if (Array.isArray(value)) return this.#list(value, depth)
    if (value instanceof Error) return this.#error(value, depth)
    if (value instanceof Map) return this.#fields(value, depth)
    if (value instanceof Set) return this.#list([...value], depth)
    if (value instanceof Headers || value instanceof URLSearchParams) return this.#fields(value, depth)
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.visit(value.toJSON(), depth)
    const fields = Object.entries(value)
    // A JSON Web Key is only secret by one-letter members (RFC 7518 §6).
    if ('kty' in value)
      return this.#fields(
        fields.filter(([name]) => !/^(d|p|q|dp|dq|qi|k|oth)$/.test(name)),
        depth,
      )
    return this.#fields(paired(value, fields), depth)
  }

  #fields(fields: Iterable<readonly [unknown, unknown]>, depth: number): Record<string, unknown> {
    const copy: Record<string, unknown> = {}
    for (const [key, value] of fields) {
      if (--this.#left < 0) {
        copy['…'] = '[cut]'
        break
      }
      const name = typeof key === 'string' ? key : String(this.visit(key, depth))
      // Defined, not assigned: a field called `__proto__` must stay a field.
      Object.defineProperty(copy, redactText(name), {
        value: this.#field(name, value, depth),
        enumerable: true,
        configurable: true,
        writable: true,
      })
    }
    return copy
  }

  #field(name: string, value: unknown, depth: number): unknown {
    // That a secret is there, or not, may be said.
    if (value === null || value === undefined || typeof value === 'boolean') return value
    if (name.length === 4 && name.toLowerCase() === 'code') {
      const small = typeof value === 'number' && value < 1_000
      return small || isHarmlessCode(value) ? value : REDACTED
    }
    if (!isSecretName(name)) return this.visit(value, depth)
    // "tokens" is also what language models count.
    return typeof value === 'number' && /tokens$/i.test(name) ? value : REDACTED
  }

  #list(list: readonly unknown[], depth: number): unknown[] {
    const copy: unknown[] = []
    for (const [i, value] of list.entries()) {
      if (--this.#left < 0) return [...copy, '[cut]']
      // Raw headers and argument lists: the name, then its value.
      const before = list[i - 1]
      const named = typeof before === 'string' && typeof value === 'string' && isNameOfNext(before)
      copy.push(named ? REDACTED : this.visit(value, depth))
    }
    return copy
  }

  #error(error: Error, depth: number): Record<string, unknown> {
    const { name, message, stack, cause } = error
    const own = Object.entries(error).filter(([key]) => key !== 'code' && key !== 'name')
    const code = 'code' in error ? error.code : undefined
    return {
      type: redactText(String(name)),
      message: redactText(String(message)),
      // The machine's own word for the failure, SQLSTATE included; nothing longer.
      ...((typeof code === 'number' || (typeof code === 'string' && /^[\w.-]{1,60}$/.test(code))) && {
        code: typeof code === 'string' ? redactText(code) : code,
      }),
      stack: redactText(String(stack)),
      ...(cause !== undefined && { cause: this.visit(cause, depth) }),
      ...(error instanceof AggregateError && { errors: this.#list(error.errors, depth) }),
      ...this.#fields(own, depth),
    }
  }
}

/** `{ name: 'authorization', value: '…' }` and its like: the name says what the value is. */
function paired(value: object, fields: [string, unknown][]): [string, unknown][] {
  if (!('value' in value)) return fields
  const named = fields.some(
    ([key, name]) =>
      (key === 'name' || key === 'key' || key === 'header') && typeof name === 'string' && isSecretName(name),
  )
  return named ? fields.map(([key, each]) => [key, key === 'value' ? REDACTED : each]) : fields
}

/** Exact names only: in a list of scopes, what follows "token" is no secret. */
const isNameOfNext = (name: string): boolean =>
  /^(?:(?:proxy-)?authorization|(?:set-)?cookie|x-api-key|dpop|x-auth-token|--?[\w-]*(?:password|secret|token|key))$/i.test(
    name,
  )
