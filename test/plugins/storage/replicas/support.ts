import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { connected } from '../../../../scripts/stack/postgres/cluster.ts'
import { until, environmentOf } from '../../../support/build.ts'
import { holdBack, stopFollowing } from '../../../support/replica.ts'

/** As if this node's Redis had kept the positions of sessions for long. */
export async function trustSessions(app: FastifyInstance) {
  await app.redis.set('ryw:memory', 1)
  await app.redis.del('ryw:young')
}

/** One statement on a replica, as its superuser. */
export const onReplica = (app: FastifyInstance, text: string, which = 0) =>
  connected(environmentOf(app).replicaUrls[which]!, (client) => client.query(text))

/** Stops replication until the result is called; the replica goes on answering. */
export async function freeze(t: Test, app: FastifyInstance, which = 0) {
  const { name, replicaUrls } = environmentOf(app)
  const thaw = await stopFollowing(replicaUrls[which]!, which ? `${name}_${which + 1}` : name)
  t.teardown(thaw)
  return thaw
}

/** As above, but the apply worker runs and waits for a lock on orders. */
export const stall = (t: Test, app: FastifyInstance, which = 0) =>
  holdBack(t, environmentOf(app).replicaUrls[which]!, 'orders')

export const stateOf = (app: FastifyInstance, which = 0) => app.replicas.all[which]!.health

export const reaches = (app: FastifyInstance, state: string, ms = 10_000, which = 0) =>
  until(`the replica to be ${state}`, () => stateOf(app, which).state === state, ms)

/** How many reads were served like this: `replica1 turn`, `primary wait`. */
export async function servedAs(app: FastifyInstance, line: string): Promise<number> {
  const counts = await app.readCounts()
  return counts.find(({ target, reason }) => `${target} ${reason}` === line)?.reads ?? 0
}

/** How many more such reads this work makes. */
export async function served(app: FastifyInstance, line: string, work: () => Promise<unknown>) {
  const before = await servedAs(app, line)
  await work()
  return (await servedAs(app, line)) - before
}
