import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import type { Test } from 'tap'
import { openGate } from '../../../../plugins/shop/reservation/gate.ts'
import { openQuestions } from '../../../../plugins/storage/questions/index.ts'
import { testServers } from '../../../support/environment.ts'

/** What settle gets of a line: units held, then PostgreSQL's numbers ('': not known), read so many ms ago. */
export type Told = [held: number, quantity: number | '', version: number | '', age_ms?: number]

export type Gate = ReturnType<typeof openScripts>

/** reserve.lua and settle.lua with all their arguments, on keys of the test's own. */
export function openScripts(t: Test) {
  const redis = new Redis(testServers().redis, {
    keyPrefix: `gate_${randomBytes(6).toString('hex')}:`
  })
  t.teardown(() => redis.disconnect())
  openGate(redis, openQuestions(), () => '')

  return {
    redis,
    reserve: (lines: Record<string, number>, hold: string, over: Partial<ReserveTerms> = {}) => {
      const { epoch, hold_ms, fresh_ms } = { ...terms, ...over }
      const keys = Object.keys(lines).flatMap(keysOf)
      const units = Object.values(lines)
      return redis.gateReserve(keys.length, ...keys, epoch, hold, hold_ms, fresh_ms, ...units)
    },
    settle: (lines: Record<string, Told>, hold = '', epoch = epochs[1]) => {
      const keys = Object.keys(lines).flatMap(keysOf)
      const told = Object.values(lines).flatMap(([held, quantity, version, age = 0]) => [
        held,
        quantity,
        version,
        age
      ])
      return redis.gateSettle(keys.length, ...keys, epoch, hold, 300_000, ...told)
    },
    /** [quantity, version, pending], or nulls where nothing is known. */
    known: (product: string) => redis.hmget(inventory(product), 'quantity', 'version', 'pending'),
    holds: (product: string) => redis.zrange(lock(product), '0', '-1'),
    /** As if the number had expired or were evicted. The holds stay. */
    forget: (product: string) => redis.unlink(inventory(product)),
    /** As if the holds had expired. The number stays. */
    forgetHolds: (product: string) => redis.unlink(lock(product)),
    /** What FLUSHALL does to these products. */
    flush: (products: string[]) => redis.unlink(products.flatMap(keysOf))
  }
}

type ReserveTerms = { epoch: string; hold_ms: number; fresh_ms: number }

/** Epochs sort by time. */
export const epochs = [0, 1, 2, 3].map((n) => `0000000${n}-0000-7000-8000-000000000000`) as [
  string,
  string,
  string,
  string
]

const terms: ReserveTerms = { epoch: epochs[1], hold_ms: 10_000, fresh_ms: 1000 }

const inventory = (product: string) => `inventory:{${product}}`
const lock = (product: string) => `inventory_lock:{${product}}`
const keysOf = (product: string) => [inventory(product), lock(product)]
