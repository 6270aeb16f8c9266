// What is held in memory after a collection, so that bytes per tuple are measured and not only reckoned.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of this process that are in use: objects, and buffers outside V8's heap. */
export function bytesHeld(): number {
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
