// The header Idempotency-Key of a POST.
import { invalid } from '../kernel/problem.ts'

/** The caller's name for a POST, where it has one. */
export function idempotencyKeyOf(
  method: string | undefined,
  key: string | readonly string[] | undefined,
): string | undefined {
  if (method !== 'POST' || key === undefined) return undefined
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key))
    throw invalid('Idempotency-Key', 'must be 1 to 255 printable characters')
  return key
}
