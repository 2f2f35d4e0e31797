import fp from 'fastify-plugin'

/** As long as carts and cookies of earlier releases live. */
const keptMs = 7 * 24 * 60 * 60 * 1000

/**
 * Earlier releases kept carts and positions under the id of a session itself, and their cookie had another name. For a week
 * after the migration to hashes a node reads that too.
 */
export default fp(
  async (fastify) => {
    const { session_hashes_since: since } = await fastify.db
      .selectFrom('cluster')
      .select('session_hashes_since')
      .executeTakeFirstOrThrow()
    if (since) fastify.readOldSessions(new Date(since.getTime() + keptMs))
  },
  { name: 'old-sessions', dependencies: ['postgres', 'session'] }
)
