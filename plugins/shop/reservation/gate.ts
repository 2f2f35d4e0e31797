import type { Redis, Result } from 'ioredis'
import { script } from '../../lib/script.ts'
import type { Questions } from '../../storage/questions/index.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** reserve.lua */
    gateReserve(keys: number, ...args: (string | number)[]): Result<(string | number)[], Context>
    /** settle.lua */
    gateSettle(keys: number, ...args: (string | number)[]): Result<number, Context>
    /** look.lua */
    gateLook(inventory: string, lock: string): Result<string[], Context>
  }
}

export type Line = { product_id: string; quantity: number }

/** What PostgreSQL says of a product: units that can be sold, and the version of that number. */
export type Stock = { product_id: string; quantity: number; version: number }

/** What the gate knows of a product. */
export type Known = Stock & {
  /** The counter of held units. */
  pending: number
  /** The sum of the gate holds; undefined: there are none. */
  units: number | undefined
  /** The number was stored before Redis last started; newer numbers may be lost. */
  outlived: boolean
}

/** The reply of reserve.lua. `lines` are indices into the lines of the call. */
export type Reply =
  | { word: 'ok' }
  | { word: 'miss' | 'verify' | 'contended'; lines: number[] }
  | { word: 'refused'; lines: number[]; available: number[] }

/** A gate hold ends after this time, unless `settle` drops it before. */
const holdMs = 30_000
/** The gate refuses only by a number that is at most this old. */
const freshMs = 1000
/** How long the gate keeps a number that PostgreSQL has not confirmed again. */
const ttlMs = 5 * 60_000

/** The scripts as functions. Keys are `inventory:{id}` and `inventory_lock:{id}`; the braces are hash tags. */
export function openGate(redis: Redis, questions: Questions, epoch: () => string) {
  redis.defineCommand('gateReserve', { lua: script(import.meta, 'reserve.lua') })
  redis.defineCommand('gateSettle', { lua: script(import.meta, 'settle.lua') })
  questions.define('quantities', script(import.meta, 'quantities.lua'))
  redis.defineCommand('gateLook', { numberOfKeys: 2, lua: script(import.meta, 'look.lua') })

  return {
    async reserve(hold_id: string, lines: Line[]): Promise<Reply> {
      const keys = keysOf(lines)
      const units = lines.map(({ quantity }) => quantity)
      const reply = await redis.gateReserve(
        keys.length,
        ...keys,
        epoch(),
        hold_id,
        holdMs,
        freshMs,
        ...units
      )
      return parse(reply)
    },

    /**
     * Drops the hold of `hold_id` on the lines, and installs PostgreSQL's numbers, which were read `age_ms` ago.
     * @returns how many products have sold out or come back by these numbers
     */
    async settle(stock: Stock[], age_ms: number, hold?: { hold_id: string; lines: Line[] }) {
      const known = new Map(stock.map((row) => [row.product_id, row]))
      const lines = hold?.lines ?? stock.map(({ product_id }) => ({ product_id, quantity: 0 }))
      const keys = keysOf(lines)
      const args = lines.flatMap(({ product_id, quantity: units }) => {
        const row = known.get(product_id)
        return [units, row?.quantity ?? '', row?.version ?? '', age_ms]
      })
      return redis.gateSettle(keys.length, ...keys, epoch(), hold?.hold_id ?? '', ttlMs, ...args)
    },

    /** What is known of these products in this epoch. Unknown products are left out. */
    async look(product_ids: string[]): Promise<Known[]> {
      const started = await startedAt(redis)
      const replies = await Promise.all(product_ids.map((id) => redis.gateLook(...keyPair(id))))
      return replies.flatMap(([known, ...values], index) => {
        if (known !== epoch()) return []
        const [quantity, version, at, pending] = values.map(Number) as [
          number,
          number,
          number,
          number
        ]
        const units = values[4] === '' ? undefined : Number(values[4])
        const product_id = product_ids[index]!
        return [{ product_id, quantity, version, pending, units, outlived: at < started }]
      })
    },

    /** Units that can be sold, by PostgreSQL's last number. undefined: no number of this epoch is known. */
    async quantities(product_ids: string[]): Promise<(number | undefined)[]> {
      if (product_ids.length === 0) return []
      // Requests for one cached text give the same list.
      return questions.once(product_ids, async () => {
        const keys = product_ids.map((id) => `inventory:{${id}}`)
        const question = { name: 'quantities', keys, args: [epoch()] }
        const rows = await questions.ask<(string | null)[]>(redis, question)
        return rows.map((quantity) => (quantity === null ? undefined : Number(quantity)))
      })
    }
  }
}

/** When Redis was started, by its own clock in ms, up to a second late. */
async function startedAt(redis: Redis): Promise<number> {
  const [[seconds], info] = await Promise.all([redis.time(), redis.info('server')])
  const uptime = Number(/^uptime_in_seconds:(\d+)/m.exec(info)![1])
  return (Number(seconds) - uptime + 1) * 1000
}

const keyPair = (id: string) => [`inventory:{${id}}`, `inventory_lock:{${id}}`] as const

const keysOf = (lines: Line[]) => lines.flatMap(({ product_id }) => keyPair(product_id))

function parse([word, ...rest]: (string | number)[]): Reply {
  const numbers = rest.map(Number)
  switch (word) {
    case 'ok':
      return { word }
    case 'miss':
    case 'verify':
    case 'contended':
      return { word, lines: numbers.map((n) => n - 1) }
    case 'refused':
      return {
        word,
        lines: numbers.filter((_, at) => at % 2 === 0).map((n) => n - 1),
        available: numbers.filter((_, at) => at % 2 === 1)
      }
    default:
      throw new Error(`reserve.lua answered ${word}`)
  }
}
