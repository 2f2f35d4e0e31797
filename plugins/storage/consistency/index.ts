import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { currentLsn, lastLsn, later, noLsn, type Lsn } from '../lsn.ts'
import { openSessions } from './sessions.ts'
import { openTokens } from './token.ts'

export type Consistency = {
  /**
   * The position that whoever asks has written or seen, which reads must not fall behind: of its session and of its
   * X-Consistency-Token, the later one. Read once a request. unknown: only the primary surely has it.
   */
  floorOf: (request: FastifyRequest) => Promise<Lsn | 'unknown'>
  /** The session of this request has seen this. Without Redis nothing is kept. */
  raise: (request: FastifyRequest, lsn: Lsn) => Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Read your own writes, and never an older state than the last one. */
    consistency: Consistency
  }
  interface FastifyRequest {
    /** What `floorOf` has found. */
    floor: Promise<Lsn | 'unknown'> | null
  }
  interface FastifyContextConfig {
    /** false: what the route changes is not in the database. */
    database?: boolean
  }
}

const header = 'x-consistency-token'

export default fp(
  async (fastify) => {
    const { config, db, epoch, log, redis, sessionOf } = fastify
    const tokens = openTokens(config.COOKIE_SECRET, epoch)
    const sessions = await openSessions(redis, epoch)

    async function floorOf(request: FastifyRequest): Promise<Lsn | 'unknown'> {
      const sent = request.headers[header]
      const told = sent === undefined ? noLsn : tokens.verify(String(sent))
      // Not ours: what its sender has seen nobody can tell.
      if (told === undefined) return 'unknown'
      const session = sessionOf(request)
      if (session === undefined) return told
      const kept = await sessions.read(session).catch(() => 'unknown' as const)
      if (kept !== 'unknown') return later(kept, told)
      return sent === undefined ? 'unknown' : told
    }

    const keep = (session: string, lsn: Lsn) =>
      sessions
        .raise(session, lsn)
        .catch((err: unknown) => log.warn({ err }, 'what a session has seen was not kept'))

    fastify.decorateRequest('floor', null)
    fastify.decorate('consistency', {
      floorOf: (request) => (request.floor ??= floorOf(request)),
      raise: ({ session }, lsn) => keep(session, lsn)
    } satisfies Consistency)

    // Every route that changes something, in one place: after its commit, in a statement of its own.
    fastify.addHook('onSend', async (request, reply) => {
      if (!hasWritten(request, reply)) return
      const lsn = await currentLsn(db).catch(() => undefined)
      if (lsn !== undefined) reply.header(header, tokens.sign(lsn))
      // It is written, and nobody knows where: the session stays with the primary for a while.
      if (request.session) await keep(request.session, lsn ?? lastLsn)
    })
  },
  { name: 'consistency', dependencies: ['config', 'postgres', 'redis', 'session'] }
)

function hasWritten({ method, routeOptions }: FastifyRequest, { statusCode }: FastifyReply) {
  if (['GET', 'HEAD', 'OPTIONS'].includes(method) || routeOptions.config.database === false)
    return false
  // A declined order is an order. Other refusals have written nothing.
  return statusCode < 400 || statusCode === 402
}
