// The OpenAPI document of the management API, made from the route tables that the server mounts.
import { compose } from './compose.ts'
import { memoryConfig } from './config.ts'

/**
 * Composes a house in memory, as it starts in reality, and reads its document.
 * @public read by scripts/generate.ts
 */
export async function openapiDocument(): Promise<object> {
  const house = await compose(memoryConfig())
  try {
    return house.openapi
  } finally {
    await house.stop()
  }
}
