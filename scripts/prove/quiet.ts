import { answers } from '../stack/nodes/start.ts'
import { connected } from '../stack/postgres/cluster.ts'
import { caughtUp } from '../stack/postgres/replication.ts'
import { until } from '../stack/supervisor/until.ts'
import type { Target } from './target.ts'
import type { Finding } from './verdict.ts'

const patience_ms = 60_000

/** Waits until everything that runs is well again. */
export async function recovered({ now }: Target): Promise<void> {
  const { nodes } = now()
  for (const { url } of nodes)
    await until(
      `${url} to be ready`,
      async () => (await answers(`${url}/health/ready`), true),
      patience_ms
    )
}

/** Whether everything ends by itself once nothing goes wrong any more. */
export async function atRest(ground: Target): Promise<Finding> {
  const violations: unknown[] = []
  await rest(ground).catch((err: Error) => violations.push(err.message))
  const sentence = 'Every order, payment, refund and event comes to its end, and replicas have it'
  return { sentence, looked_at: 1, violations }
}

/** Waits until no order is open, no event unpublished, and the replicas have seen it all. */
async function rest({ now }: Target): Promise<void> {
  const { primary, replicas } = now().postgres
  await connected(primary.admin_url, (client) =>
    until(
      'orders and events to end',
      async () => {
        const { rows } = await client.query<{ open: number }>(
          `select (select count(*) from orders where status = 'pending')
                + (select count(*) from payments where check_at is not null)
                + (select count(*) from outbox) as open`
        )
        return Number(rows[0]!.open) === 0
      },
      patience_ms
    )
  )
  for (const replica of replicas) await caughtUp(primary.admin_url, replica.admin_url)
}
