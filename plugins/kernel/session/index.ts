import cookie from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isOfSession } from '../cache-control/set-caching.ts'
import type { Config } from '../variables.ts'
import { CrossSite, InvalidSessionId } from '../errors/problems.ts'
import { syncBodyHook } from '../http/sync-hook.ts'
import { cookieName, cookieOptions } from './cookie.ts'
import { isCrossSite } from './cross-site.ts'
import { idOfPurchase, newSessionId } from './id.ts'
import { openRequestIds } from './request-ids.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * The hash of the guest session's id, a UUID: carts, orders and positions are kept under it. Empty on routes without
     * sessions, and when the request names no session and makes none. Set by `useSession` and `startSession`; a checkout
     * sets it to the session of the order that it answers.
     */
    session: string
  }
  interface FastifyInstance {
    /** A hook that makes the routes of this context session routes: `fastify.addHook('onRequest', fastify.useSession)`. */
    useSession: (request: FastifyRequest) => Promise<void>
    /** As `useSession`; a request that writes and names no session gets one, which its answer names when it succeeds. */
    startSession: (request: FastifyRequest) => Promise<void>
    /** The session (its hash) that a request names, on any route. It makes none, and ignores a malformed id. */
    sessionOf: (request: FastifyRequest) => string | undefined
    /** Whether the client named no session, so that one is made for this request. */
    isNewSession: (request: FastifyRequest) => boolean
    /** The session (its hash) that is made of an Idempotency-Key and the hash of a body. The request may be answered with it. */
    sessionOfPurchase: (request: FastifyRequest, key: string, request_hash: Buffer) => string
    /** Until when carts and positions are read too that an earlier release kept under a session's id itself. */
    readOldSessions: (until: Date) => void
    /** The id that a request names, not its hash, until the moment that `readOldSessions` was told. */
    oldSessionOf: (request: FastifyRequest) => string | undefined
  }
}

/**
 * Guest sessions: the header X-Session-ID, else a signed cookie, else a new id for a request that writes. The server stores
 * no session, and the id itself stays in this plugin: a client that knows it sees cart and orders.
 */
export default fp(
  async (fastify) => {
    const { config } = fastify
    // Also for a request that was refused before it reached its route. Before the hook that sends the cookies.
    fastify.addHook(
      'onSend',
      syncBodyHook((request, reply) => {
        if (isOfSession(request)) tellSession(ids, request, reply, config)
      })
    )
    await fastify.register(cookie, { secret: config.COOKIE_SECRET, hook: false })
    const ids = openRequestIds(fastify)

    async function useSession(request: FastifyRequest) {
      const { from, hash = '' } = ids.of(request).named
      if (from === 'malformed header') throw new InvalidSessionId()
      if (from === 'cookie' && isUnsafe(request) && isCrossSite(request, config))
        throw new CrossSite()
      request.session = hash
    }

    fastify.decorateRequest('session', '')
    fastify.decorate('useSession', useSession)
    fastify.decorate('startSession', async (request: FastifyRequest) => {
      await useSession(request)
      if (!request.session && isUnsafe(request)) request.session = ids.make(request, newSessionId())
    })
    fastify.decorate('sessionOf', (request) => request.session || ids.of(request).named.hash)
    fastify.decorate('isNewSession', (request) => ids.of(request).named.id === undefined)
    fastify.decorate('sessionOfPurchase', (request, key, request_hash) =>
      ids.make(request, idOfPurchase(config.COOKIE_SECRET, key, request_hash))
    )
    fastify.decorate('readOldSessions', ids.readOld)
    fastify.decorate('oldSessionOf', ids.oldOf)
  },
  { name: 'session', dependencies: ['config', 'errors'] }
)

/** Names the session in the answer, by the header and, unless the client brought the header, by the cookie. */
function tellSession(
  ids: ReturnType<typeof openRequestIds>,
  request: FastifyRequest,
  reply: FastifyReply,
  config: Config
) {
  const { named, ids: known, made } = ids.of(request)
  const session = request.session || named.hash
  const id = session && known.get(session)
  if (!id) return
  const is_made = made.has(session)
  const is_kept = isKept(request, reply)
  if (!is_made || is_kept) reply.header('x-session-id', id)
  if (is_kept && (is_made || named.from === 'cookie'))
    reply.setCookie(cookieName(config), id, cookieOptions(config, request.protocol))
}

const isUnsafe = ({ method }: FastifyRequest) => !['GET', 'HEAD', 'OPTIONS'].includes(method)

/** Errors set no cookie and make no session, but for a payment that ended unpaid, which has an order. */
const isKept = ({ order_id }: FastifyRequest, { statusCode }: FastifyReply) =>
  statusCode < 400 || (statusCode === 402 && order_id !== undefined)
