import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { connected, withDatabase } from '../../scripts/stack/postgres/cluster.ts'
import { environmentOf } from './build.ts'

/**
 * Cuts a node off from its database on the primary or the replica: ends its connections and refuses new ones.
 *
 * @returns a function that ends it, as the end of the test does
 */
export async function cutOff(
  t: Test,
  node: FastifyInstance,
  which: 'primary' | 'replica'
): Promise<() => Promise<void>> {
  const { name, primaryUrl, replicaUrl } = environmentOf(node)
  const server = withDatabase(which === 'primary' ? primaryUrl : replicaUrl!, 'postgres')
  const limit = (connections: number) =>
    connected(server, async (client) => {
      await client.query(`alter database ${name} connection limit ${connections}`)
      if (connections !== 0) return
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = '${name}' and application_name like 'holdfast:%'`
      )
    })
  const reconnect = () => limit(-1)
  t.teardown(reconnect)
  await limit(0)
  return reconnect
}
