import type { FastifyBaseLogger } from 'fastify'

type Child = Parameters<FastifyBaseLogger['child']>

/**
 * The logger of a request, made when the request logs something: most requests have no line but the one at their end, and
 * making a logger that redacts costs more than that line.
 */
export const lazyLogger = (parent: FastifyBaseLogger, ...child: Child) =>
  new LazyLogger(parent, child) as unknown as FastifyBaseLogger

/** What a logger has: a level, and methods that the real one has too. Fastify asks whether they are functions. */
class LazyLogger {
  readonly #parent: FastifyBaseLogger
  readonly #child: Child
  #made: FastifyBaseLogger | undefined

  static {
    for (const name of [
      'fatal',
      'error',
      'warn',
      'info',
      'debug',
      'trace',
      'silent',
      'child'
    ] as const)
      Object.defineProperty(this.prototype, name, {
        value(this: LazyLogger, ...words: [never]) {
          return this.#logger[name](...words)
        }
      })
  }

  constructor(parent: FastifyBaseLogger, child: Child) {
    this.#parent = parent
    this.#child = child
  }

  get level() {
    return this.#logger.level
  }

  set level(level: string) {
    this.#logger.level = level
  }

  get #logger() {
    return (this.#made ??= this.#parent.child(...this.#child))
  }
}
