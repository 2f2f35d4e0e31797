import { connected } from '../stack/postgres/cluster.ts'
import { caughtUp } from '../stack/postgres/replication.ts'
import { until } from '../stack/supervisor/until.ts'
import type { Bench } from './system.ts'

const limit_ms = 120_000

/**
 * Waits until the events are published and the replicas have everything: the work of a load that its operations have left
 * behind belongs to the load.
 */
export async function settle({ databases: { primary, replicas } }: Bench): Promise<void> {
  await connected(primary.admin_url, (client) =>
    until(
      'the events to be published',
      async () => (await client.query('select from outbox limit 1')).rowCount === 0,
      limit_ms
    )
  )
  for (const replica of replicas) await caughtUp(primary.admin_url, replica.admin_url, limit_ms)
}
