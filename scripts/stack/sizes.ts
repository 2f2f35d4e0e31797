import { totalmem } from 'node:os'

type Settings = { memory_mb: number; nodes: number[] }

/** What the managed servers may count on, and how many nodes connect to them. */
export type Machine = { memory_mb: number; nodes: number }

/** Settings of a cluster as `name=value`, and lines of a Redis' configuration. */
export type Sizes = { primary: string[]; replica: string[]; redis: string[] }

/** The memory of this machine, or of the container that this process runs in, in MB. */
export function machineMemory(): number {
  // 0, and a number beyond the machine's memory, say that the container has no limit.
  const limit = process.constrainedMemory() || Infinity
  return Math.floor(Math.min(totalmem(), limit) / 2 ** 20)
}

/** The sizes of the servers that `npm start` runs. */
export const sizesOf = ({ memory_mb, nodes }: Settings) =>
  sizesFor({ memory_mb, nodes: nodes.length })

/**
 * Divides the memory of one machine: a quarter is the buffers of the three clusters (half of that the primary's), an eighth is
 * Redis', and the rest is for nodes, connections and the files that the system caches.
 */
export function sizesFor({ memory_mb, nodes }: Machine): Sizes {
  const share = (parts: number, least: number, most: number) =>
    Math.min(Math.max(Math.floor(memory_mb / parts), least), most)
  // A killed server reads the log since the last checkpoint again, at 45 MB a second on two busy processors.
  const log_mb = share(8, 1024, 2048)

  const cluster = (buffers_mb: number, connections: number) => [
    `shared_buffers=${buffers_mb}MB`,
    // What the planner expects to be in memory: the buffers, and as much again in the system's cache.
    `effective_cache_size=${2 * buffers_mb}MB`,
    // Of each sort and hash, on each connection that makes one.
    `work_mem=${share(1024, 4, 32)}MB`,
    `maintenance_work_mem=${share(64, 64, 1024)}MB`,
    `max_wal_size=${log_mb}MB`,
    `min_wal_size=${log_mb / 4}MB`,
    // Of the nodes; 100 are for the migrator, backups, subscriptions and operators.
    `max_connections=${Math.max(200, nodes * connections + 100)}`
  ]
  return {
    primary: cluster(share(8, 128, 8192), 22),
    replica: cluster(share(16, 64, 4096), 12),
    redis: [`maxmemory ${share(8, 128, 4096)}mb`]
  }
}
