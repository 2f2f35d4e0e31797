import { monitorEventLoopDelay } from 'node:perf_hooks'
import fp from 'fastify-plugin'
import { Counter } from 'prom-client'
import { detailed, Overloaded } from '../../kernel/errors/problems.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Gives back its place among those in flight. */
    leave: (() => void) | undefined
  }
}

/** How long is looked at, and how finely. */
const windowMs = 500
const resolutionMs = 20

/**
 * Refuses at once what could only wait: a node that has too much to do answers some in time instead of all too late. Reads
 * and writes have places of their own, so that a provider that is slow takes no catalog away, nor a crowd of readers a
 * checkout. Decided before anything of a request has begun; never in its middle. Health and metrics always answer.
 */
export default fp(
  async (fastify) => {
    const { MAX_READS_IN_FLIGHT, MAX_WRITES_IN_FLIGHT, MAX_EVENT_LOOP_DELAY_MS } = fastify.config
    const reads = { most: MAX_READS_IN_FLIGHT, now: 0 }
    const writes = { most: MAX_WRITES_IN_FLIGHT, now: 0 }
    const late = watchEventLoop(MAX_EVENT_LOOP_DELAY_MS)
    // Not before: loading itself takes long.
    fastify.addHook('onReady', late.start)
    fastify.addHook('onClose', late.stop)

    const shed = new Counter({
      name: 'holdfast_shed_total',
      help: 'Requests refused because this node had too much to do; 0 is good',
      labelNames: ['why'],
      registers: [fastify.metrics.registry]
    })
    const refuse = (why: 'reads' | 'writes' | 'event_loop') => {
      shed.inc({ why })
      return detailed(new Overloaded(), { headers: { 'retry-after': 1 } })
    }

    fastify.decorateRequest('leave', undefined)
    fastify.addHook('onRequest', async (request) => {
      if (!request.routeOptions.url?.startsWith('/api/')) return
      const isRead = request.method === 'GET' || request.method === 'HEAD'
      const lane = isRead ? reads : writes
      if (lane.most > 0 && lane.now >= lane.most) throw refuse(isRead ? 'reads' : 'writes')
      if (late.isLate()) throw refuse('event_loop')
      lane.now++
      request.leave = () => {
        lane.now--
        request.leave = undefined
      }
    })
    // Not when the client has gone: what it asked for is still being done then.
    fastify.addHook('onSend', async (request) => request.leave?.())
  },
  { name: 'load-shedding', dependencies: ['config', 'errors', 'metrics'] }
)

/**
 * Whether most of what happened in this node waited longer than `most_ms` for its turn, in two windows one after the other:
 * a single long pause is over when it is seen. 0: never.
 */
function watchEventLoop(most_ms: number) {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  let windows = 0
  let timer: NodeJS.Timeout | undefined
  return {
    isLate: () => windows > 1,
    start: async () => {
      delay.enable()
      timer = setInterval(() => {
        const late = most_ms > 0 && delay.percentile(50) / 1e6 - resolutionMs > most_ms
        windows = late ? windows + 1 : 0
        delay.reset()
      }, windowMs).unref()
    },
    stop: async () => {
      clearInterval(timer)
      delay.disable()
    }
  }
}
