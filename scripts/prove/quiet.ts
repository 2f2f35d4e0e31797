import { connected } from '../stack/postgres/cluster.ts'
import { caughtUp } from '../stack/postgres/replication.ts'
import { answers } from '../stack/supervisor/answers.ts'
import { until } from '../stack/supervisor/until.ts'
import type { Target } from './target.ts'
import type { Finding } from './verdict.ts'

const limit_ms = 60_000

/** Waits until every node is ready again. */
export async function recovered({ now }: Target): Promise<void> {
  const { nodes } = now()
  for (const { url } of nodes)
    await until(
      `${url} to be ready`,
      async () => (await answers(`${url}/health/ready`), true),
      limit_ms
    )
}

/** Whether everything ends by itself once the faults are over. */
export async function atRest(target: Target): Promise<Finding> {
  const violations: unknown[] = []
  await rest(target).catch((err: Error) => violations.push(err.message))
  const sentence = 'Every order, payment, refund and event ends, and the replicas have it'
  return { sentence, looked_at: 1, least: 1, violations }
}

/** Waits until no order is pending, no payment or event is open, and the replicas have caught up. */
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
      limit_ms
    )
  )
  for (const replica of replicas) await caughtUp(primary.admin_url, replica.admin_url)
}
