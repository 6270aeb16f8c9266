// LISTEN on a connection of its own: poolers and busy pools would lose notifications.
import pg from 'pg'

export interface Listening {
  stop(): Promise<void>
}

export interface ListenOptions {
  url: string
  channel: string
  /** Called at every NOTIFY, and once after each (re)connect. */
  listener: () => void
  onError: (error: Error) => void
}

const RETRY_MS = 250
const ANSWER_WITHIN_MS = 5_000

/**
 * Throws when the first connection fails. After that it reconnects for as long as it is wanted; while it is away the
 * tail's heartbeat still polls, so a missed notification costs latency only.
 */
export async function listenOn({ url, channel, listener, onError }: ListenOptions): Promise<Listening> {
  let stopped = false
  let client: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined

  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: url,
      application_name: 'mandate listen',
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      keepAlive: true,
    })
    client = next
    next.on('notification', listener)
    next.on('error', onError)
    try {
      await next.connect()
      await next.query(`listen ${pg.escapeIdentifier(channel)}`)
    } catch (error) {
      await next.end().catch(() => {})
      throw error
    }
    next.on('end', reconnect)
    if (!stopped) listener()
  }
  const reconnect = () => {
    if (stopped) return
    retry = setTimeout(async () => {
      try {
        await connect()
      } catch (error) {
        if (!stopped) onError(error as Error)
        reconnect()
      }
    }, RETRY_MS)
  }

  await connect()
  return {
    async stop() {
      stopped = true
      clearTimeout(retry)
      await client?.end().catch(() => {})
    },
  }
}
