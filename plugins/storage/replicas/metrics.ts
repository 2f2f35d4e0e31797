import { Gauge, type Registry } from 'prom-client'
import type { Heartbeat } from '../heartbeat.ts'
import { bytesBetween } from '../lsn.ts'
import { states } from './health.ts'
import type { Replica } from './replica.ts'

/** How far a replica is behind, as far as this node knows; null: it does not know. */
export function replicaLag({ heartbeat_at, probed_at, watermark }: Replica, heartbeat: Heartbeat) {
  const position = heartbeat.position()
  return {
    /** Age of the first heartbeat that the replica misses. */
    lag_seconds: heartbeat_at ? heartbeat.lag_ms(heartbeat_at) / 1000 : null,
    /** Bytes of log between the replica's watermark and the primary's position at the last heartbeat. */
    lag_bytes: watermark && position ? bytesBetween(watermark, position) : null,
    /** Time since the replica last reported its watermark. */
    watermark_age_seconds: probed_at === undefined ? null : (performance.now() - probed_at) / 1000
  }
}

const helps = {
  lag_seconds: 'Age of the first heartbeat that the replica misses',
  lag_bytes: "Log between the replica's watermark and the primary's position at the last heartbeat",
  watermark_age_seconds: 'Time since the replica last said how far it is'
} as const

/** What this node knows of its replicas. A value that the node does not know is left out. */
export function openMetrics(registry: Registry, replicas: Replica[], heartbeat: Heartbeat) {
  const registers = [registry]
  const lags = (['lag_seconds', 'lag_bytes', 'watermark_age_seconds'] as const).map(
    (measure) =>
      new Gauge({
        name: `holdfast_replica_${measure}`,
        help: helps[measure],
        labelNames: ['replica'],
        registers,
        collect() {
          this.reset()
          for (const replica of replicas) {
            const value = replicaLag(replica, heartbeat)[measure]
            if (value !== null) this.set({ replica: replica.name }, value)
          }
        }
      })
  )
  const state = new Gauge({
    name: 'holdfast_replica_state',
    help: '1 for the state that the replica is in',
    labelNames: ['replica', 'state'],
    registers,
    collect() {
      for (const { name, health } of replicas)
        for (const one of states)
          this.set({ replica: name, state: one }, Number(one === health.state))
    }
  })
  return [...lags, state]
}
