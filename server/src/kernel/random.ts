// Random bytes for identifiers, drawn from the system in blocks: a draw for every id costs more than all the rest of it.
import { randomFillSync } from 'node:crypto'

const block = Buffer.alloc(4096)
let used = block.length

/** `size` (at most 64) cryptographically random bytes, given once. For identifiers; secrets and keys draw their own. */
export function randomId(size: number): Buffer {
  if (used + size > block.length) {
    randomFillSync(block)
    used = 0
  }
  const bytes = Buffer.from(block.subarray(used, used + size))
  // Nothing that was given stays behind.
  block.fill(0, used, used + size)
  used += size
  return bytes
}
