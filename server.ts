import Fastify from 'fastify'
import kernel, { options } from './app.ts'
import { readConfig } from './plugins/kernel/config.ts'

// One node: listens, and on SIGTERM finishes what it has begun.

const { DRAIN_SECONDS, HOST, LOG_LEVEL, PORT, TRUSTED_PROXIES } = readConfig(process.env)

const fastify = Fastify({
  ...options,
  trustProxy: TRUSTED_PROXIES,
  logger: { ...options.logger, level: LOG_LEVEL }
})
await fastify.register(kernel)
// A crowd that comes while the event loop is late waits to be told so; beyond the queue the kernel resets connections. It
// takes no more than net.core.somaxconn.
await fastify.listen({ host: HOST, port: PORT, backlog: 4096 })

let closing = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (closing) return
    closing = true
    fastify.log.info({ signal }, 'closing')
    fastify.drain()
    setTimeout(close, DRAIN_SECONDS * 1000)
  })
}

function close() {
  setTimeout(() => process.exit(1), 25_000).unref()
  fastify.close().then(
    () => process.exit(0),
    (err) => {
      fastify.log.error({ err }, 'could not close')
      process.exit(1)
    }
  )
}
