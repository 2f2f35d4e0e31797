import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { decoded } from '../../lib/decoded.ts'
import { ValidationFailed } from '../errors/problems.ts'
import { syncHook } from './sync-hook.ts'

/** Refuses what the HTTP parser lets pass: a host that is none, or two, and a query that cannot be decoded. */
export default fp(
  async (fastify) => {
    // After the limits, so that these requests count too.
    fastify.addHook(
      'preValidation',
      syncHook((request) => {
        if (!hasHost(request)) throw new ValidationFailed('The header Host must name this server.')
        if (decoded(request.url) === undefined)
          throw new ValidationFailed('The URL cannot be decoded.')
      })
    )
    // Without a listener Node answers 417 itself, and an expectation that a server does not know may be ignored.
    fastify.server.on('checkExpectation', (request, response) =>
      fastify.server.emit('request', request, response)
    )
  },
  { name: 'well-formed', dependencies: ['errors'] }
)

const host = /^(?:[\w.~!$&'()*+,;=%-]*|\[[\da-f:.]+\])(?::\d*)?$/i

/** HTTP/1.0 needs no Host, and health checkers send odd ones. */
function hasHost({ headers, host: named, raw, routeOptions }: FastifyRequest) {
  if (isNamedTwice(raw.rawHeaders)) return false
  if (routeOptions.url?.startsWith('/health/')) return true
  if (headers.host === undefined) return raw.httpVersion === '1.0'
  return host.test(headers.host) && host.test(named)
}

/** Node keeps the first Host of several, and a proxy may have taken another one. */
function isNamedTwice(raw_headers: string[]) {
  let times = 0
  for (let at = 0; at < raw_headers.length; at += 2)
    if (raw_headers[at]!.length === 4 && raw_headers[at]!.toLowerCase() === 'host') times++
  return times > 1
}
