// The house itself, as `main.ts` starts it, on a database in memory or on PostgreSQL.
import { compose } from '@mandate/server/compose.ts'
import { type Config, memoryConfig } from '@mandate/server/config.ts'
import { answering } from './answering.ts'

answering(async (settings: Partial<Config>) => {
  const house = await compose(memoryConfig(settings))
  await house.listen()
  return { url: settings.issuer ?? '', close: () => house.stop() }
})
