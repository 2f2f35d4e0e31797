import Fastify from 'fastify'
import kernel, { options } from './app.ts'
import { readConfig } from './plugins/config.ts'

// One node: listens, and on SIGTERM finishes what it has begun.

const { HOST, LOG_LEVEL, PORT } = readConfig(process.env)

const fastify = Fastify({ ...options, logger: { ...options.logger, level: LOG_LEVEL } })
await fastify.register(kernel)
await fastify.listen({ host: HOST, port: PORT })

let closing = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (closing) return
    closing = true
    fastify.log.info({ signal }, 'closing')
    setTimeout(() => process.exit(1), 25_000).unref()
    fastify.close().then(
      () => process.exit(0),
      (err) => {
        fastify.log.error({ err }, 'could not close')
        process.exit(1)
      }
    )
  })
}
