import fp from 'fastify-plugin'
import backups from './backups.ts'
import servers from './servers/index.ts'

/**
 * What Prometheus asks of the servers that a node depends on, through the node. A plugin's own numbers are not here:
 * each stands in the `metrics.ts` beside the plugin. Nothing depends on this group, so it is the last.
 */
export default fp(
  async (fastify) => {
    await fastify.register(servers)
    await fastify.register(backups)
  },
  { name: 'observability', dependencies: ['kernel', 'storage'] }
)
