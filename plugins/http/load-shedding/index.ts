import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { detailed, Overloaded } from '../../kernel/errors/problems.ts'
import { syncBodyHook, syncHook } from '../../kernel/http/sync-hook.ts'
import { watchEventLoop } from './event-loop.ts'
import { openMetrics } from './metrics.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Frees the request's place among the requests in flight. */
    leave: (() => void) | undefined
  }
}

/**
 * Answers 503 at once when a request could only wait: an overloaded node answers some requests in time instead of all of
 * them too late. Reads and writes are counted apart, so that a slow payment provider does not stop catalog reads, and
 * many reads do not stop a checkout. A request is refused only before any work on it has started. A write has its place
 * when its body has arrived, so that clients that send slowly take no places. Health and metrics always answer.
 *
 * Not @fastify/under-pressure: it has no limit of requests in flight, which is the main protection here; it takes the
 * mean of one window, so a single pause trips it; and it refuses `/health` too unless each such route opts out.
 */
export default fp(
  async (fastify) => {
    const { MAX_READS_IN_FLIGHT, MAX_WRITES_IN_FLIGHT, MAX_EVENT_LOOP_DELAY_MS } = fastify.config
    const { shed } = openMetrics(fastify.metrics.registry)
    const reads: Lane = { why: 'reads', most: MAX_READS_IN_FLIGHT, now: 0 }
    const writes: Lane = { why: 'writes', most: MAX_WRITES_IN_FLIGHT, now: 0 }
    const eventLoop = watchEventLoop(MAX_EVENT_LOOP_DELAY_MS)
    // Loading the node blocks its event loop, so the measurement starts afterwards.
    fastify.addHook('onReady', eventLoop.start)
    fastify.addHook('onClose', eventLoop.stop)

    const checkRoom = ({ most, now, why }: Lane) => {
      if (most > 0 && now >= most) throw refuse(why)
    }
    const refuse = (why: 'reads' | 'writes' | 'event_loop') => {
      shed.inc({ why })
      return detailed(new Overloaded(), { headers: { 'retry-after': 1 } })
    }

    fastify.decorateRequest('leave', undefined)
    fastify.addHook(
      'onRequest',
      syncHook((request) => {
        if (!isCounted(request)) return
        const lane = isRead(request) ? reads : writes
        checkRoom(lane)
        if (eventLoop.isLate()) throw refuse('event_loop')
        if (lane === reads) enter(request, lane)
      })
    )
    fastify.addHook(
      'preValidation',
      syncHook((request) => {
        if (!isCounted(request) || isRead(request)) return
        checkRoom(writes)
        enter(request, writes)
      })
    )
    // Only here: after a client has disconnected, the node still works on its request.
    fastify.addHook(
      'onSend',
      syncBodyHook((request) => request.leave?.())
    )
  },
  { name: 'load-shedding', dependencies: ['config', 'errors', 'metrics'] }
)

type Lane = { why: 'reads' | 'writes'; most: number; now: number }

const isCounted = ({ routeOptions }: FastifyRequest) => routeOptions.url?.startsWith('/api/')

const isRead = ({ method }: FastifyRequest) => method === 'GET' || method === 'HEAD'

function enter(request: FastifyRequest, lane: Lane) {
  lane.now++
  request.leave = () => {
    lane.now--
    request.leave = undefined
  }
}
