import type { IncomingMessage } from 'node:http'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { syncHook } from '../http/sync-hook.ts'
import { UriTooLong, ValidationFailed } from './problems.ts'

/** Requests whose URL the router has refused. */
const refused = new WeakMap<IncomingMessage, { url: string | undefined; problem: Error }>()

/** No route has it. */
const nowhere = '/-'

/**
 * Sends a request whose URL the router refuses through the router again, as one of an unknown path. For a URL that is refused
 * Fastify runs no hook, so that no limit would count it, and knows no trusted proxy, so that its client would be the proxy.
 */
export function frameworkErrors(err: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const { raw, server } = request
  const problem =
    err.code === 'FST_ERR_BAD_URL'
      ? new ValidationFailed('The URL cannot be decoded.')
      : new UriTooLong()
  refused.set(raw, { url: raw.url, problem })
  raw.url = nowhere
  server.routing(raw, reply.raw)
}

/** What the handler of unknown paths throws for such a request. Every other hook sees its URL as the client sent it. */
export function openBadUrls(fastify: FastifyInstance) {
  fastify.addHook(
    'onRequest',
    syncHook(({ raw }) => {
      const found = refused.get(raw)
      if (found?.url !== undefined) raw.url = found.url
    })
  )
  return ({ raw }: FastifyRequest) => refused.get(raw)?.problem
}
