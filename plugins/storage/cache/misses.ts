import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { later, noLsn, type Lsn } from '../lsn.ts'
import { singleFlight } from '../../lib/single-flight.ts'
import type { openEntries } from './entries.ts'
import type { Cached, Load } from './cached.ts'
import type { openCopies } from './copies.ts'
import type { openMetrics } from './metrics.ts'
import { textOf, type Text } from './text.ts'

/** The key of a value in Redis, and the name of a node's copy of its text. */
export type Place = { name: string; key: string }

type Needs = {
  counted: ReturnType<typeof openMetrics>
  entries: ReturnType<typeof openEntries>
  find: (place: Place) => Promise<{ text: Text | undefined } | undefined>
  copies: ReturnType<typeof openCopies>
  readAt: FastifyInstance['readAt']
}

const absentMs = 30_000
/** How long a reader waits for the fill of another node. */
const fillMs = 150

/** Reads values that were not found, and fills them. A node keeps a copy once the text is stored. */
export function openMisses({ counted, entries, find, copies, readAt }: Needs) {
  const loads = singleFlight<Text | undefined>()

  /** `least`: a position that the source must have. */
  return async function loadMissing(
    { name, key }: Place,
    ttl_ms: number,
    load: Load,
    least: Lsn = noLsn
  ): Promise<Cached> {
    const miss = await entries.miss(key).catch(() => undefined)
    if (!miss) {
      counted.read(key, 'away')
      // Without the tombstones only the primary is sure to have the newest change.
      return missOf(await readAt('unknown', load))
    }

    const { lease_id, floor, mark } = miss
    let result: 'joined' | 'filled' | 'miss' = 'joined'
    // A load that began before a change had another mark: a reader after the change does not join it.
    const text = await loads(`${key} ${mark}`, async () => {
      const filled = lease_id === undefined && (await fillOf({ name, key }))
      result = filled ? 'filled' : 'miss'
      if (filled) return filled.text
      return toText(await readAt(floor === 'unknown' ? floor : later(floor, least), load))
    })
    counted.read(key, result)
    if (lease_id === undefined) return { text, state: 'miss' }

    const ttl_left_ms = jitter(text ? ttl_ms : absentMs)
    const stored = entries.fill(key, miss, lease_id, text?.json ?? '', ttl_left_ms)
    const tag = await stored.catch(() => undefined)
    counted.fill(key, tag !== undefined)
    if (!text || tag === undefined) return { text, state: 'miss' }
    const tagged = { tag, json: text.json, ids: text.ids }
    copies.keep(name, { key, text: tagged })
    return { text: tagged, state: 'miss' }
  }

  /** The value that another node fills, if that does not take long. */
  async function fillOf(place: Place) {
    for (const end = performance.now() + fillMs; performance.now() < end; await sleep(10)) {
      const filled = await find(place).catch(() => undefined)
      if (filled) return filled
    }
    return undefined
  }
}

export const missOf = (json: string | undefined): Cached => ({ text: toText(json), state: 'miss' })

const toText = (json: string | undefined) => (json === undefined ? undefined : textOf(json))

/** Ten per cent less to ten per cent more, so that values that were filled together do not expire together. */
const jitter = (ms: number) => Math.round(ms * (0.9 + Math.random() * 0.2))
