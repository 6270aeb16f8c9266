// What every server of the benchmarks answers its starter: where it listens, and the CPU time and memory it has used.

export type ToServer = { start: unknown } | 'cpu' | 'stop'
export interface FromServer {
  url: string
  cpu: number
  /** Bytes of memory that are resident, and the most that ever were. */
  resident: number
  peak: number
}

export interface Started {
  url: string
  close(): Promise<void>
}

/** Starts when told to, with the settings it is told; ends when told to, or when its starter is gone. */
export function answering<S>(start: (settings: S) => Promise<Started>): void {
  let started: Started | undefined
  const stop = async () => {
    await started?.close()
    process.disconnect?.()
    process.exit(0)
  }
  process.on('disconnect', stop)
  process.on('message', async (message: ToServer) => {
    if (message === 'stop') return stop()
    if (message !== 'cpu') started = await start(message.start as S)
    const { user, system } = process.cpuUsage()
    const memory = { resident: process.memoryUsage.rss(), peak: process.resourceUsage().maxRSS * 1024 }
    process.send?.({ url: started?.url ?? '', cpu: user + system, ...memory } satisfies FromServer)
  })
}
