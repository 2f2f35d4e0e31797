import fp from 'fastify-plugin'
import { openGauges } from './metrics.ts'
import { openHealth } from './health.ts'
import { openReplica, type Replica } from './replica.ts'
import { openRouting, type Routing } from './routing.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The replicas of this node and which of them may serve; whoever wants to read asks `fastify.read`. */
    replicas: Routing & { all: Replica[] }
    /** Whether each replica serves, in the order of REPLICA_URLS. */
    replicaStates: () => ('up' | 'down')[]
  }
}

const watchEveryMs = 250

/** Watches every replica: how far it is, and whether it is fit to serve. */
export default fp(
  async (fastify) => {
    const { config, log, metrics, heartbeat, timedQuery, watchPool } = fastify
    const replicas = config.REPLICA_URLS.map((url, at) =>
      openReplica(url, {
        name: `replica${at + 1}`,
        application_name: `holdfast:${config.PORT}`,
        judge: openHealth(fastify),
        log,
        timedQuery,
        watchPool
      })
    )
    openGauges(metrics.registry, replicas, heartbeat)

    await Promise.all(replicas.map(({ probe }) => probe()))
    const timer = setInterval(() => {
      for (const { probe } of replicas) void probe()
    }, watchEveryMs)
    fastify.addHook('onClose', async () => {
      clearInterval(timer)
      await Promise.all(replicas.map(({ close }) => close()))
    })

    fastify.decorate('replicas', { all: replicas, ...openRouting(replicas) })
    fastify.decorate('replicaStates', () =>
      replicas.map(({ health }) => (health.state === 'ejected' ? 'down' : 'up'))
    )
  },
  { name: 'replicas', dependencies: ['config', 'metrics', 'postgres', 'heartbeat'] }
)
