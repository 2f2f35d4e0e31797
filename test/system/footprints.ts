import { AsyncLocalStorage } from 'node:async_hooks'
import { readdirSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { Client } from 'pg'
import type { Test } from 'tap'
import type { Failpoint } from '../../plugins/shop/checkout/failpoints.ts'

/** The durable steps that some work has made so far, and the failpoints that it has reached. */
type Trail = { done: string[]; points: Failpoint[]; silent: string[] }

export type Footprints = {
  points: Set<Failpoint>
  /** Steps without a failpoint before the next step, and failpoints without a step. */
  silent: string[]
}

type Walk = (work: () => Promise<unknown>) => Promise<Footprints>

/**
 * Watches what a node does for a piece of work: everything that outlives its process (what is written to PostgreSQL, sent
 * to the provider or changed in the gate and the cart) and every failpoint that it reaches.
 */
export function watch(t: Test, node: FastifyInstance): Walk {
  const trails = new AsyncLocalStorage<Trail>()

  const failpoint = node.failpoint.bind(node)
  node.failpoint = (name) => {
    trails.getStore()?.points.push(name)
    return failpoint(name)
  }
  const { payments, reservation, carts } = node
  spy(payments, ['charge', 'close', 'refund'])
  spy(reservation, ['reserve', 'settle'])
  spy(carts, ['change', 'clear', 'drop'])

  const query = Client.prototype.query as (...args: unknown[]) => unknown
  t.teardown(() => Object.assign(Client.prototype, { query }))
  Object.assign(Client.prototype, {
    query(this: Client, ...args: unknown[]) {
      // Statements of batches are objects, since they have a name.
      const [asked] = args as [string | { text: string }]
      const text = typeof asked === 'string' ? asked : asked.text
      // Kysely awaits its answers. A pool's own `query` takes a callback: that is the test itself, reading the database.
      const isAwaited = typeof args.at(-1) !== 'function'
      const send = () => query.apply(this, args)
      return isAwaited && isWrite(text) ? step(text.trim().slice(0, 60), send, hasWritten) : send()
    }
  })

  return async (work) => {
    const trail: Trail = { done: [], points: [], silent: [] }
    await trails.run(trail, work)
    const { done, points, silent } = trail
    if (points.length !== done.length) silent.push(`at the end: ${done.join()} - ${points.join()}`)
    return { points: new Set(points), silent }
  }

  function spy<T extends object>(target: T, names: (keyof T & string)[]) {
    for (const name of names) {
      const method = target[name] as (...args: unknown[]) => unknown
      Object.assign(target, {
        [name]: (...args: unknown[]) => step(name, () => method.apply(target, args))
      })
    }
  }

  /** Notes it when a step begins and the step before it had no failpoint. */
  function step(
    name: string,
    work: () => unknown,
    left: (answer: unknown) => boolean = () => true
  ) {
    const trail = trails.getStore()
    if (!trail) return work()
    const { done, points, silent } = trail
    if (done.length !== points.length)
      silent.push(`before ${name}: ${done.join()} - ${points.join()}`)
    return Promise.resolve(work()).then(
      (answer) => {
        if (left(answer)) done.push(name)
        return answer
      },
      (err: unknown) => {
        done.push(name)
        throw err
      }
    )
  }
}

const functions = readdirSync(new URL('../../sql/functions/', import.meta.url))
  .map((file) => file.replace('.sql', ''))
  .filter((name) => !['category_descendants', 'position_seen'].includes(name))

const hasWritten = (answer: unknown) => (answer as { rowCount: number }).rowCount > 0

const isWrite = (text: string) =>
  /\b(insert into|update|delete from)\b/i.test(text) ||
  functions.some((name) => text.includes(`${name}(`))
