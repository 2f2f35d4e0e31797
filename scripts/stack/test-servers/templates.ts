import { migrate } from '../postgres/migrate.ts'
import { connected, createDatabase, withDatabase } from '../postgres/cluster.ts'
import { publish, subscribe, synced, unsubscribe } from '../postgres/replication.ts'

/** The template database that tests clone, on the primary and on the replica: migrated, with the same rows on both. */
export const template = 'holdfast_template'

export async function createTemplates(primaryServer: string, replicaServer: string): Promise<void> {
  await Promise.all([
    createDatabase(primaryServer, template),
    createDatabase(replicaServer, template)
  ])
  const primary = withDatabase(primaryServer, template)
  const replica = withDatabase(replicaServer, template)
  await migrate({ primary, replicas: [replica] })
  await publish(primary)
  await subscribe(primary, replica, template)
  await synced(replica)
  // A clone has no subscription: each test creates its own, without copying the rows that are there already.
  await unsubscribe(replica, template)
  await Promise.all([closeTemplate(primaryServer), closeTemplate(replicaServer)])
}

/** PostgreSQL cannot clone a template while a client is connected to it: so it refuses connections. */
async function closeTemplate(server: string): Promise<void> {
  await connected(withDatabase(server, 'postgres'), (client) =>
    client.query(`alter database ${template} with allow_connections false`)
  )
}
