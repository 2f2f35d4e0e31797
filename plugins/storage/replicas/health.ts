import type { Heartbeat } from '../heartbeat.ts'

/** What a probe has found (the columns of probe.sql). */
export type Sighting = {
  watermark: string | null
  pid: number | null
  whole: boolean
  heartbeat_at: Date | null
  epoch: string | null
}

/** healthy: serves in turn. degraded: serves when no healthy one can. ejected: serves nothing. */
export type State = (typeof states)[number]
export const states = ['healthy', 'degraded', 'ejected'] as const

/** rejoining: the replica was ejected and has not yet passed enough probes in a row. */
export type Reason = (typeof reasons)[number]
export const reasons = [
  'lag',
  'worker_gone',
  'probe_failed',
  'not_subscribed',
  'tables_copying',
  'foreign_epoch',
  'rejoining'
] as const

export type Health = { state: State; reason: Reason | null }

const healthyBelowMs = 1000
const ejectedFromMs = 5000
const mostFailures = 2
/** Probes in a row without an apply worker, which PostgreSQL restarts within one or two. */
const mostAbsences = 4
const goodOnesToRejoin = 3

const healthy: Health = { state: 'healthy', reason: null }

/** The health of a replica, by its probes in turn; undefined: the probe failed. */
export function openHealth({ epoch, heartbeat }: { epoch: () => string; heartbeat: Heartbeat }) {
  // A replica whose very first probe fails is ejected at once.
  let failures = mostFailures - 1
  let absences = 0
  let good = 0
  let ejected = false

  return (sighting: Sighting | undefined): Health => {
    failures = sighting ? 0 : failures + 1
    if (sighting) absences = sighting.pid === null ? absences + 1 : 0

    const found = verdict(sighting)
    if (found.state === 'ejected') {
      ejected = true
      good = 0
    } else if (ejected) {
      good = found.reason === 'lag' || !sighting ? 0 : good + 1
      ejected = good < goodOnesToRejoin
    }
    return ejected && found.state !== 'ejected' ? { state: 'ejected', reason: 'rejoining' } : found
  }

  function verdict(sighting: Sighting | undefined): Health {
    if (!sighting) return bad('probe_failed', failures >= mostFailures)
    if (!sighting.whole) return bad('tables_copying', true)
    if (sighting.epoch === null) return bad('not_subscribed', true)
    if (sighting.epoch !== epoch()) return bad('foreign_epoch', true)
    // While the primary is unreachable there is nothing to apply, and old answers are better than none.
    if (sighting.pid === null)
      return bad('worker_gone', absences >= mostAbsences && !heartbeat.failing())
    const at = sighting.heartbeat_at ?? new Date(0)
    if (heartbeat.lag_ms(at) >= healthyBelowMs)
      // By the age of the newest heartbeat that the replica shows.
      return bad('lag', heartbeat.age_ms(at) >= ejectedFromMs)
    return healthy
  }
}

const bad = (reason: Reason, is_out: boolean): Health => ({
  state: is_out ? 'ejected' : 'degraded',
  reason
})
