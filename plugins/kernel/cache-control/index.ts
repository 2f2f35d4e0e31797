import fp from 'fastify-plugin'
import { syncBodyHook } from '../http/sync-hook.ts'
import { setCaching } from './set-caching.ts'

/**
 * `Cache-Control` and `Vary` of every answer, errors too: what belongs to a session or to the shop's staff is stored by no
 * cache, and an error is not taken for the answer of the next request.
 */
export default fp(
  async (fastify) => {
    fastify.addHook('onSend', syncBodyHook(setCaching))
  },
  { name: 'cache-control' }
)
