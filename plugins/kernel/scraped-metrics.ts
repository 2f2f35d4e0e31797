import { Counter, Gauge, type Registry } from 'prom-client'
import { singleFlight } from '../lib/single-flight.ts'

/** A scrape must not hang because a server that it asks hangs. */
const patienceMs = 1000

type Labels = Record<string, string>
export type Sample = [value: number, labels?: Labels]

/**
 * Metrics that a scrape reads from another server: one question for all of them, shared by concurrent scrapes. Without an
 * answer within a second the last values stay, and `up` says 0.
 */
export function onScrape<T>(registry: Registry, question: () => Promise<T>) {
  const flights = singleFlight<T | undefined>()
  const answer = () => flights('all', () => within(question()))
  const registers = [registry]

  return {
    /** 1 while there are answers. */
    up: (name: string, help: string) =>
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          this.set((await answer()) === undefined ? 0 : 1)
        }
      }),

    gauge: (name: string, help: string, read: (answer: T) => Sample[], labelNames: string[] = []) =>
      new Gauge({
        name,
        help,
        labelNames,
        registers,
        async collect() {
          const found = await answer()
          if (found === undefined) return
          this.reset()
          for (const [value, labels = {}] of read(found)) this.set(labels, value)
        }
      }),

    /** For a number that the other server counts. */
    counter: (name: string, help: string, read: (answer: T) => number) =>
      new Counter({
        name,
        help,
        registers,
        async collect() {
          const found = await answer()
          if (found === undefined) return
          this.reset()
          this.inc(read(found))
        }
      })
  }
}

function within<T>(answer: Promise<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), patienceMs)
  return Promise.race([answer.catch(() => undefined), promise]).finally(() => clearTimeout(timer))
}
