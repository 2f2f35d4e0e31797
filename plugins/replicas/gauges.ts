import { Gauge, type Registry } from 'prom-client'
import { bytesBetween } from '../lsn.ts'
import type { Heartbeat } from '../heartbeat.ts'
import { states } from './health.ts'
import type { Replica } from './replica.ts'

/** How far a replica is behind, as this node knows; null: it does not. */
export const lagOf = ({ at, watermark }: Replica, heartbeat: Heartbeat) => {
  const position = heartbeat.position()
  return {
    lag_seconds: at ? heartbeat.lag_ms(at) / 1000 : null,
    lag_bytes: watermark && position ? bytesBetween(watermark, position) : null
  }
}

/** What this node knows of its replicas, for Prometheus. What it does not know is not shown. */
export function openGauges(registry: Registry, replicas: Replica[], heartbeat: Heartbeat) {
  const gauge = (name: string, help: string, read: (replica: Replica) => number | null) =>
    new Gauge({
      name: `holdfast_replica_${name}`,
      help,
      labelNames: ['replica'],
      registers: [registry],
      collect() {
        this.reset()
        for (const replica of replicas) {
          const value = read(replica)
          if (value !== null) this.set({ replica: replica.name }, value)
        }
      }
    })
  gauge(
    'lag_seconds',
    'Age of the first heartbeat that the replica misses',
    (replica) => lagOf(replica, heartbeat).lag_seconds
  )
  gauge(
    'lag_bytes',
    "Log between the replica's watermark and where the primary was at the last heartbeat",
    (replica) => lagOf(replica, heartbeat).lag_bytes
  )
  gauge(
    'watermark_age_seconds',
    'Time since the replica last said how far it is',
    ({ probed_at }) => (probed_at === undefined ? null : (performance.now() - probed_at) / 1000)
  )
  return new Gauge({
    name: 'holdfast_replica_state',
    help: '1 for the state that the replica is in',
    labelNames: ['replica', 'state'],
    registers: [registry],
    collect() {
      for (const { name, health } of replicas)
        for (const state of states)
          this.set({ replica: name, state }, Number(state === health.state))
    }
  })
}
