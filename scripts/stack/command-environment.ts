import { randomUUID } from 'node:crypto'
import { dataFolder, runningStack } from './running.ts'

/** For a command that is a node for a moment: the servers of the environment, else those of the system on this machine. */
export function commandEnvironment(): NodeJS.ProcessEnv {
  const data = dataFolder()
  const own = {
    ...process.env,
    HOLDFAST_DATA: data,
    COOKIE_SECRET: process.env.COOKIE_SECRET || randomUUID(),
    // A node that does nothing by itself but what finishes what is found: the resolver sends its refunds.
    RECONCILE_INTERVAL_SECONDS: '0',
    INVARIANTS_INTERVAL_SECONDS: '0',
    // Events wait for the nodes: this program does not know their sinks.
    EVENT_SINKS: 'none'
  }
  if (process.env.PRIMARY_URL) return own
  const { postgres, redis } = runningStack(data)
  return { ...own, PRIMARY_URL: postgres.primary.url, REDIS_URL: redis.url }
}
