import fp from 'fastify-plugin'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { Database } from '../sql/types.ts'
import { kyselyOn, openPool } from './postgres.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The next replica in turn that answers, or the primary when there is none. Replicas may lag: catalog reads only. */
    replica: () => ReadonlyKysely<Database>
    /** Whether each replica answered when it was last asked, in the order of REPLICA_URLS. */
    replicaStates: () => ('up' | 'down')[]
  }
}

const probeEveryMs = 1000

export default fp(
  async (fastify) => {
    const replicas = fastify.config.REPLICA_URLS.map((url, index) => {
      const pool = openPool(url, {
        max: 10,
        application_name: `holdfast:${fastify.config.PORT}`,
        onError: (err) => fastify.log.warn({ err, replica: index + 1 }, 'idle connection lost')
      })
      return { pool, db: kyselyOn(pool), up: false }
    })

    const probe = async () => {
      await Promise.all(
        replicas.map(async (replica, index) => {
          const up = await replica.pool.query('select 1').then(
            () => true,
            () => false
          )
          if (up !== replica.up) fastify.log.info({ replica: index + 1, up }, 'replica changed')
          replica.up = up
        })
      )
    }

    await probe()
    const timer = setInterval(probe, probeEveryMs)
    fastify.addHook('onClose', async () => {
      clearInterval(timer)
      // Not by Kysely, which ends no pool that it has not used yet.
      await Promise.all(replicas.map(({ pool }) => pool.end()))
    })

    let turn = 0
    fastify.decorate('replica', () => {
      const healthy = replicas.filter(({ up }) => up)
      const db = healthy.length > 0 ? healthy[turn++ % healthy.length]!.db : fastify.db
      // The same object; the type forbids writing.
      return db as unknown as ReadonlyKysely<Database>
    })
    fastify.decorate('replicaStates', () => replicas.map(({ up }) => (up ? 'up' : 'down')))
  },
  { name: 'replicas', dependencies: ['config', 'postgres'] }
)
