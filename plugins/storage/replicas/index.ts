import fp from 'fastify-plugin'
import { plansByIndex, registerPool } from '../pool.ts'
import { openReplicaChoice, type ReplicaChoice } from './choose.ts'
import { openMetrics } from './metrics.ts'
import { openHealth } from './health.ts'
import { openReplica, type Replica } from './replica.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The replicas of this node and which of them may serve. To read, use `readFor`, `findFor` or `readAt`. */
    replicas: ReplicaChoice & { all: Replica[] }
    /** Whether each replica serves, in the order of REPLICA_URLS. */
    replicaStates: () => ('up' | 'down')[]
  }
}

const watchEveryMs = 250

/**
 * Pools on the replicas (`fastify.pg.replica1.pool`, …, in the order of REPLICA_URLS), and a probe of each: how far it is,
 * and whether it may serve. A replica that is unreachable at boot does not stop the node.
 */
export default fp(
  async (fastify) => {
    const { config, log, metrics, heartbeat, timedQuery, watchPool } = fastify
    const application_name = `holdfast:${config.PORT}`
    const prepares = config.PREPARED_STATEMENTS === 'on'
    const replicas: Replica[] = []
    for (const [at, url] of config.REPLICA_URLS.entries()) {
      const name = `replica${at + 1}`
      const pool = await registerPool(fastify, name, url, {
        max: 10,
        settings: plansByIndex,
        application_name,
        onError: (err) => log.warn({ err, replica: name }, 'idle connection lost')
      })
      const judge = openHealth(fastify)
      replicas.push(
        openReplica(url, {
          name,
          pool,
          prepares,
          application_name,
          judge,
          log,
          timedQuery,
          watchPool
        })
      )
    }
    openMetrics(metrics.registry, replicas, heartbeat)

    await Promise.all(replicas.map(({ probe }) => probe()))
    const timer = setInterval(() => {
      for (const { probe } of replicas) void probe()
    }, watchEveryMs)
    // Runs before the pools end: onClose hooks run in the reverse order of their registration.
    fastify.addHook('onClose', async () => {
      clearInterval(timer)
      await Promise.all(replicas.map(({ close }) => close()))
    })

    fastify.decorate('replicas', { all: replicas, ...openReplicaChoice(replicas) })
    fastify.decorate('replicaStates', () =>
      replicas.map(({ health }) => (health.state === 'ejected' ? 'down' : 'up'))
    )
  },
  { name: 'replicas', dependencies: ['config', 'metrics', 'postgres', 'heartbeat'] }
)
