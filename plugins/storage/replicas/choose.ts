import { setTimeout as sleep } from 'node:timers/promises'
import { noLsn, type Lsn } from '../lsn.ts'
import type { State } from './health.ts'
import type { Replica } from './replica.ts'

const patienceMs = 20
/** Between two looks at the replicas during a wait. */
const pauseMs = 2

/** Picks the replica that serves a read. Whether a replica or the primary serves it is read routing's choice. */
export type ReplicaChoice = {
  /** The next replica in turn that has caught up: a healthy one, else a degraded one. */
  next: (lsn: Lsn) => Replica | undefined
  /** As `next`, after a short wait for a healthy replica to catch up; the replicas are probed meanwhile. */
  soon: (lsn: Lsn) => Promise<Replica | undefined>
}

export function openReplicaChoice(replicas: Replica[]): ReplicaChoice {
  let turn = 0

  const next = (lsn: Lsn) => pick('healthy', lsn) ?? pick('degraded', lsn)

  function pick(state: State, lsn: Lsn) {
    const able = replicas.filter(
      ({ health, watermark }) =>
        health.state === state && (lsn === noLsn || (watermark !== undefined && watermark >= lsn))
    )
    return able.length > 0 ? able[turn++ % able.length] : undefined
  }

  async function soon(lsn: Lsn) {
    const end = performance.now() + patienceMs
    for (;;) {
      const found = next(lsn)
      const left_ms = end - performance.now()
      if (found || left_ms <= 0) return found
      // A degraded replica will not catch up in time.
      const able = replicas.filter(({ health }) => health.state === 'healthy')
      if (able.length === 0) return undefined
      // The first answer ends the wait: a replica that hangs does not prolong it.
      await Promise.race([...able.map(({ probe }) => probe()), sleep(left_ms)])
      if (!next(lsn)) await sleep(Math.min(pauseMs, left_ms))
    }
  }

  return { next, soon }
}
