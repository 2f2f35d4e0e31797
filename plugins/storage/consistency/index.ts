import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { currentLsn, lastLsn, later, noLsn, type Lsn } from '../lsn.ts'
import { openSessions } from './sessions.ts'
import { openTokens } from './token.ts'

export type Consistency = {
  /**
   * The position that the client has written or seen, and behind which its reads must not fall: of its session or of its
   * X-Consistency-Token, whichever is later. Read once a request. unknown: only the primary is sure to have it.
   */
  floorOf: (request: FastifyRequest) => Promise<Lsn | 'unknown'>
  /** Records that the session of this request has seen this position. While Redis is unreachable nothing is kept. */
  raise: (request: FastifyRequest, lsn: Lsn) => Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Read your own writes, and never an older state than the last one. */
    consistency: Consistency
  }
  interface FastifyRequest {
    /** The result of `floorOf`. */
    floor: Promise<Lsn | 'unknown'> | null
    /** A position at or after this request's commit, if its handler has read it; null: it is read before the answer. */
    written: Lsn | null
  }
  interface FastifyContextConfig {
    /** false: the route changes nothing in the database. */
    database?: boolean
  }
}

const header = 'x-consistency-token'

export default fp(
  async (fastify) => {
    const { config, db, epoch, log, oldSessionOf, redis, sessionOf } = fastify
    const tokens = openTokens(config.COOKIE_SECRET, epoch)
    const sessions = await openSessions(redis, epoch)

    async function floorOf(request: FastifyRequest): Promise<Lsn | 'unknown'> {
      const sent = request.headers[header]
      const told = sent === undefined ? noLsn : tokens.verify(String(sent))
      // An invalid token says nothing about what the client has seen.
      if (told === undefined) return 'unknown'
      const session = sessionOf(request)
      if (session === undefined) return told
      const kept = await sessions
        .read(session, oldSessionOf(request))
        .catch(() => 'unknown' as const)
      if (kept !== 'unknown') return later(kept, told)
      return sent === undefined ? 'unknown' : told
    }

    const keep = (session: string, lsn: Lsn) =>
      sessions
        .raise(session, lsn)
        .catch((err: unknown) =>
          log.warn(
            { err, session_hash: session.slice(0, 8) },
            'the position of a session was not stored'
          )
        )

    fastify.decorateRequest('floor', null)
    fastify.decorateRequest('written', null)
    fastify.decorate('consistency', {
      floorOf: (request) => (request.floor ??= floorOf(request)),
      raise: ({ session }, lsn) => keep(session, lsn)
    } satisfies Consistency)

    // For every route that changes something: after its commit, in a statement of its own.
    // A read waits for nothing.
    fastify.addHook('onSend', (request, reply, _payload, done) =>
      hasWritten(request, reply) ? tellWritten(request, reply) : done()
    )

    async function tellWritten(request: FastifyRequest, reply: FastifyReply) {
      const lsn = request.written ?? (await currentLsn(db).catch(() => undefined))
      if (lsn !== undefined) reply.header(header, tokens.sign(lsn))
      // The position of the write is unknown: the session reads from the primary for a while.
      if (request.session) await keep(request.session, lsn ?? lastLsn)
    }
  },
  { name: 'consistency', dependencies: ['config', 'postgres', 'redis', 'session'] }
)

function hasWritten({ method, routeOptions }: FastifyRequest, { statusCode }: FastifyReply) {
  if (['GET', 'HEAD', 'OPTIONS'].includes(method) || routeOptions.config.database === false)
    return false
  // 402 answers an order that was written and declined. Other refusals have written nothing.
  return statusCode < 400 || statusCode === 402
}
