import { readFile } from 'node:fs/promises'
import path from 'node:path'
import fp from 'fastify-plugin'
import { sql, type Kysely } from 'kysely'
import type { Database } from '../../sql/types.ts'
import { onScrape } from '../kernel/scraped-metrics.ts'

/** How much data would be lost with the primary's disk; alerts look at these metrics. */
export default fp(
  async (fastify) => {
    const { config, db, metrics } = fastify
    const { registry } = metrics

    const newest = path.join(config.HOLDFAST_BACKUPS, 'latest.json')
    const backup = onScrape(registry, () => ageOfNewest(newest))
    backup.gauge(
      'holdfast_backup_age_seconds',
      'Age of the newest verified backup in HOLDFAST_BACKUPS; +Inf: this node sees none',
      (seconds) => [[seconds]]
    )
    const archive = onScrape(registry, () => ageOfArchive(db))
    archive.gauge(
      'holdfast_wal_archive_age_seconds',
      "Time since a part of the primary's log was last kept; NaN: none is",
      (seconds) => [[seconds]]
    )
  },
  { name: 'backups', dependencies: ['config', 'metrics', 'postgres'] }
)

async function ageOfNewest(file: string): Promise<number> {
  try {
    const { taken_at } = JSON.parse(await readFile(file, 'utf8')) as { taken_at: string }
    const age = (Date.now() - Date.parse(taken_at)) / 1000
    return Number.isNaN(age) ? Infinity : Math.max(0, age)
  } catch {
    return Infinity
  }
}

async function ageOfArchive(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql<{ age: number | null }>`
    select case when current_setting('archive_mode') <> 'off' then
             extract(epoch from clock_timestamp() - coalesce(last_archived_time, pg_postmaster_start_time()))::float8
           end as age
      from pg_stat_archiver`.execute(db)
  return rows[0]!.age ?? Number.NaN
}
