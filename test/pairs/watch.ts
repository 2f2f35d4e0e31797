import type { FastifyInstance } from 'fastify'
import { Client } from 'pg'
import type { Test } from 'tap'
import { batchLockMs } from '../../plugins/storage/pool.ts'
import { step } from './schedule.ts'

/**
 * Makes a step of every statement, and of what these nodes ask of Redis and of the provider. Of a batch's statement every
 * checkout in it makes a step before it joins: those that go at the same time may share it.
 */
export function watch(t: Test, nodes: FastifyInstance[]) {
  const query = Client.prototype.query as (...args: unknown[]) => unknown
  t.teardown(() => Object.assign(Client.prototype, { query }))
  Object.assign(Client.prototype, {
    query(this: Client, ...args: unknown[]) {
      const send = () => query.apply(this, args)
      // Kysely awaits its answers. A pool's own `query` takes a callback: that is the test itself, reading the database.
      const isAwaited = typeof args.at(-1) !== 'function'
      const [asked] = args as [string | { text: string }]
      const text = typeof asked === 'string' ? asked : asked.text
      return isAwaited && !isOfBatches(this) ? step(shorten(text), send) : send()
    }
  })
  for (const { orderBatches, redis, payments } of nodes) {
    spy(orderBatches, ['look', 'place', 'finish', 'after'])
    spy(redis, [...redis.getBuiltinCommands(), ...Object.keys(redis.scriptsSet)])
    spy(payments, ['charge', 'close', 'refund'])
  }
}

function spy(target: object, names: string[]) {
  const methods = target as Record<string, unknown>
  for (const name of names) {
    const method = methods[name]
    if (typeof method !== 'function') continue
    methods[name] = function (this: unknown, ...args: unknown[]) {
      const send = () => method.apply(this, args) as unknown
      // ioredis calls the same methods on its pipelines, whose commands have been steps already.
      return this === target ? step(name, send) : send()
    }
  }
}

/** The connections of batches wait less long for a lock than others. */
const isOfBatches = (client: Client) =>
  (client as unknown as { connectionParameters: { lock_timeout: number } }).connectionParameters
    .lock_timeout === batchLockMs

const shorten = (text: string) => text.replaceAll(/\s+/g, ' ').trim().slice(0, 80)
