import cookie from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { v4 } from 'uuid'
import { InvalidSessionId } from './errors/problems.ts'
import { uuidForm } from './http/schemas.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The id of the guest session, a UUID; set by the hook `fastify.useSession`, empty on other routes. */
    session: string
  }
  interface FastifyInstance {
    /** Makes the routes of this context session routes: `fastify.addHook('onRequest', fastify.useSession)`. */
    useSession: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
    /** The session that a request names, on any route. It makes none, and ignores a malformed id. */
    sessionOf: (request: FastifyRequest) => string | undefined
  }
}

const weekSeconds = 7 * 24 * 60 * 60

/** Guest sessions: the header X-Session-ID, else the signed cookie `sid`, else a new id. The server stores nothing. */
export default fp(
  async (fastify) => {
    const { COOKIE_SECRET, NODE_ENV } = fastify.config
    await fastify.register(cookie, { secret: COOKIE_SECRET })

    fastify.decorateRequest('session', '')
    fastify.decorate('useSession', async (request: FastifyRequest, reply: FastifyReply) => {
      const header = fromHeader(request)
      if (header === null) throw new InvalidSessionId()
      request.session = header ?? fromCookie(request) ?? v4()
      reply.header('x-session-id', request.session)
      if (header === undefined) {
        reply.setCookie('sid', request.session, {
          path: '/',
          httpOnly: true,
          sameSite: 'lax',
          secure: NODE_ENV === 'production' || request.protocol === 'https',
          signed: true,
          maxAge: weekSeconds
        })
      }
    })

    fastify.decorate('sessionOf', (request) => {
      if (request.session) return request.session
      const header = fromHeader(request)
      return header === undefined ? fromCookie(request) : (header ?? undefined)
    })
  },
  { name: 'session', dependencies: ['config', 'errors'] }
)

/** undefined: there is no header; null: it is malformed. */
function fromHeader({ headers }: FastifyRequest) {
  const header = headers['x-session-id']
  if (header === undefined) return undefined
  return typeof header === 'string' && uuidForm.test(header) ? header.toLowerCase() : null
}

/** undefined: there is no cookie, or the shop did not sign it. */
function fromCookie(request: FastifyRequest) {
  const { valid, value } = request.unsignCookie(request.cookies.sid ?? '')
  return valid && uuidForm.test(value) ? value : undefined
}
