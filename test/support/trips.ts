import { AsyncLocalStorage } from 'node:async_hooks'
import type { Duplex } from 'node:stream'
import type { Redis } from 'ioredis'
import type { FastifyInstance } from 'fastify'
import { Client } from 'pg'
import type { Test } from 'tap'

/** Times that something was sent to Redis, several commands together, and statements, on the primary and on replicas. */
export type Trips = { redis: number; postgres: number }

/**
 * Counts the trips to Redis and PostgreSQL that are made for a piece of work, also after its answer. What the node does by itself
 * at the same time (relay, heartbeat, resolver) is not counted.
 */
export function tripsOf(t: Test, node: FastifyInstance) {
  const working = new AsyncLocalStorage<Trips>()
  for (const redis of new Set<Redis>([node.redis, node.cacheRedis])) {
    // Whose commands the next packet has: it may leave later, and for others too.
    const asked = new Set<Trips>()
    const ask = () => {
      const trips = working.getStore()
      if (trips) asked.add(trips)
    }
    const leave = () => {
      for (const trips of asked) trips.redis++
      asked.clear()
    }
    t.teardown(before(redis, 'sendCommand', ask))
    for (const send of ['_write', '_writev'] as const)
      t.teardown(before(redis.stream as Duplex, send, leave))
  }
  const count = () => {
    const trips = working.getStore()
    if (trips) trips.postgres++
  }
  t.teardown(before(Client.prototype, 'query', count))

  return async (work: () => Promise<unknown>): Promise<Trips> => {
    const trips = { redis: 0, postgres: 0 }
    await working.run(trips, work)
    return trips
  }
}

/** Has `note` called before each call of a method. @returns what ends that */
function before<T extends object>(owner: T, name: keyof T, note: () => void) {
  const method = owner[name] as (...args: unknown[]) => unknown
  const isOwn = Object.hasOwn(owner, name)
  owner[name] = function noted(this: unknown, ...args: unknown[]) {
    note()
    return method.apply(this, args)
  } as T[keyof T]
  return () => {
    if (isOwn) owner[name] = method as T[keyof T]
    else delete owner[name]
  }
}
