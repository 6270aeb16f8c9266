// A PostgreSQL of the benchmarks' own, stopped with them, also when they are interrupted.
import { type Cluster, findPostgres, startCluster } from '../../scripts/postgres-cluster.ts'

const running = new Set<Cluster>()

/** Undefined where PostgreSQL is not installed. */
export async function ownCluster(): Promise<Cluster | undefined> {
  if (findPostgres() === undefined) return undefined
  const cluster = await startCluster()
  if (running.size === 0) for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stopAll)
  running.add(cluster)
  return {
    ...cluster,
    async stop() {
      await cluster.stop()
      running.delete(cluster)
      if (running.size === 0) for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stopAll)
    },
  }
}

async function stopAll(): Promise<void> {
  await Promise.allSettled([...running].map((cluster) => cluster.stop()))
  process.exit(1)
}
