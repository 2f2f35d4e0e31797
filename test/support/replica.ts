import { Client } from 'pg'
import type { Test } from 'tap'
import { connected } from '../../scripts/stack/postgres/cluster.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'

// Two ways to make a replica lag, by its superuser's URL. Each returns a function that ends it.

/** Disables the subscription and waits until its worker has ended; the replica itself still answers. */
export async function stopFollowing(
  url: string,
  subscription: string
): Promise<() => Promise<void>> {
  const turn = (how: string) =>
    connected(url, async (client) => {
      await client.query(`alter subscription ${subscription} ${how}`)
    })
  await turn('disable')
  const worker = 'select from pg_stat_subscription where subname = $1 and pid is not null'
  await until('its worker to end', () =>
    connected(url, async (client) => (await client.query(worker, [subscription])).rowCount === 0)
  )
  return () => turn('enable')
}

/** Makes the apply worker wait before the next change of this table, which may be read. Ends with the test, too. */
export async function holdBack(t: Test, url: string, table: string): Promise<() => Promise<void>> {
  const client = new Client(url)
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  await client.query(`begin read write; lock table ${table} in exclusive mode`)
  return async () => {
    await client.query('rollback')
    await client.end()
  }
}
