import { sql, type Kysely } from 'kysely'
import type { Registry } from 'prom-client'
import type { Database } from '../../../sql/types.ts'
import { onScrape, type Sample } from '../../kernel/scraped-metrics.ts'

type Slot = {
  slot: string
  active: boolean
  wal_status: 'reserved' | 'extended' | 'unreserved' | 'lost' | null
  /** How many bytes of log may still be written before the slot may be lost; null: no limit. */
  safe_bytes: number | null
  retained_bytes: number | null
}

const states = ['reserved', 'extended', 'unreserved', 'lost'] as const

/** The replication slots of this database. A replica whose slot is lost has to be rebuilt. */
export function openSlotMetrics(registry: Registry, db: Kysely<Database>) {
  const { gauge } = onScrape(registry, () => findSlots(db))

  gauge(
    'holdfast_replication_slot_active',
    'A replica reads from the slot; 1 is good',
    (slots) => slots.map(({ slot, active }) => [Number(active), { slot }]),
    ['slot']
  )
  gauge(
    'holdfast_replication_slot_retained_bytes',
    'Log that the primary keeps for the slot; good: some megabytes',
    (slots) => known(slots, 'retained_bytes'),
    ['slot']
  )
  gauge(
    'holdfast_replication_slot_safe_bytes',
    'Log that may still be written before the slot can be lost; nothing: without a limit',
    (slots) => known(slots, 'safe_bytes'),
    ['slot']
  )
  gauge(
    'holdfast_replication_slot_state',
    '1 for the state that the slot is in; reserved and extended are good, lost is final',
    (slots) =>
      slots.flatMap(({ slot, wal_status }) =>
        states.map((state): Sample => [Number(state === wal_status), { slot, state }])
      ),
    ['slot', 'state']
  )
}

const known = (slots: Slot[], measure: 'safe_bytes' | 'retained_bytes') =>
  slots.flatMap(({ slot, [measure]: bytes }): Sample[] =>
    bytes === null ? [] : [[bytes, { slot }]]
  )

async function findSlots(db: Kysely<Database>): Promise<Slot[]> {
  const { rows } = await sql<Slot>`
    select slot_name::text as slot, active, wal_status, safe_wal_size as safe_bytes,
           pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 as retained_bytes
      from pg_replication_slots
     where database = current_database() and not temporary`.execute(db)
  return rows
}
