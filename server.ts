import { setTimeout as sleep } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import Fastify from 'fastify'
import holdfast, { options } from './app.ts'
import { readConfig } from './plugins/kernel/config.ts'
import { operatorErrors } from './plugins/lib/operator-error.ts'

// One node. It listens until a signal arrives, then answers the requests that it has begun and exits with 0. It exits
// with 1 when it fails, when closing takes too long, and at a second signal.

const { DRAIN_SECONDS, HOST, LOG_LEVEL, PORT, ...config } = configuration()

const fastify = Fastify({
  ...options,
  trustProxy: [...config.TRUSTED_PROXIES, ...config.HOLDFAST_TRUSTED_PROXIES],
  logger: { ...options.logger, level: LOG_LEVEL }
})
try {
  await fastify.register(holdfast)
  // Connections wait in this queue while the event loop is busy; beyond it the operating system resets them. It takes no more
  // than net.core.somaxconn.
  await fastify.listen({ host: HOST, port: PORT, backlog: 4096 })
} catch (err) {
  refuse(err)
}

/**
 * These signals have their default effect. After a crash no listener may run: Node would return from it to the instruction
 * that crashed, again and again.
 */
const unhandled = [
  'SIGSEGV',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGUSR2'
] as const

closeWithGrace(
  {
    delay: (DRAIN_SECONDS + 25) * 1000,
    logger: fastify.log,
    skip: [...unhandled],
    onSecondSignal: (signal) => fastify.log.error({ signal }, 'exiting before closing has ended'),
    onTimeout: (ms) => fastify.log.error({ ms }, 'closing took too long')
  },
  async ({ signal, err }) => {
    if (err) fastify.log.fatal({ err }, 'closing after an uncaught error')
    else fastify.log.info({ signal }, 'closing')
    // Readiness says 503 from here on; after an error no further request is wanted.
    fastify.drain()
    if (signal) await sleep(DRAIN_SECONDS * 1000)
    await fastify.close()
  }
)

function configuration() {
  try {
    return readConfig(process.env)
  } catch (err) {
    return refuse(err)
  }
}

/** What the operator has to mend is one line; anything else is a fault of the program, and keeps its stack. */
function refuse(err: unknown): never {
  const isOperators =
    err instanceof Error &&
    (operatorErrors.has(err.name) || ('syscall' in err && err.syscall === 'listen'))
  if (!isOperators) throw err
  console.error(`holdfast: ${err.message}`)
  process.exit(1)
}
