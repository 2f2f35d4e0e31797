import { migrate } from '../postgres/migrate.ts'
import { connected, createDatabase, withDatabase } from '../postgres/cluster.ts'
import { publish, subscribe, synced, unsubscribe } from '../postgres/replication.ts'

/** The database that tests clone, on the primary and on the replica: migrated, with the same rows on both. */
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
  // A clone shares no subscription: each makes its own, without copying what is there already.
  await unsubscribe(replica, template)
  await Promise.all([close(primaryServer), close(replicaServer)])
}

/** A template with a visitor cannot be cloned. */
async function close(server: string): Promise<void> {
  await connected(withDatabase(server, 'postgres'), (client) =>
    client.query(`alter database ${template} with allow_connections false`)
  )
}
