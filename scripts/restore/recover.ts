import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { postgresBin } from '../stack/supervisor/binaries.ts'
import { beginEpoch, shownUntil } from '../stack/postgres/new-epoch.ts'
import { choosePort } from '../stack/supervisor/ports.ts'
import {
  connected,
  giveToPostgres,
  postgresLaunch,
  postgresUrl,
  superuser
} from '../stack/postgres/cluster.ts'
import type { Stack } from '../stack/supervisor/stack.ts'
import { becomeAnotherShop } from './another-shop.ts'

type Target = {
  archive: string
  /** How fetch.sh checks that this shop archived a segment. */
  signing: NodeJS.ProcessEnv
  at: Date | undefined
  timeline: string | undefined
  copy: boolean
  password: string
}

const most_ms = 4 * 60 * 60_000

/**
 * Replays the write-ahead log in an unpacked cluster up to a time, or to its end, makes the cluster a primary with a new
 * epoch, and stops it. The cluster runs on a port of its own, so that no node finds it before that.
 *
 * @returns the moment that the cluster shows
 * @throws when the log ends before that time, or is broken
 */
export async function recover(
  stack: Stack,
  data: string,
  { archive, signing, at, timeline = 'latest', copy, password }: Target
): Promise<Date> {
  const signal = path.join(data, 'recovery.signal')
  writeFileSync(signal, '', { mode: 0o600 })
  giveToPostgres(signal)
  const port = await choosePort()
  const settings = [
    'restore_command=sh fetch.sh "%f" "%p"',
    `recovery_target_timeline=${timeline}`,
    ...(at ? [`recovery_target_time=${offset(at)}`, 'recovery_target_action=promote'] : []),
    // No client can connect before the recovery has ended.
    'hot_standby=off',
    ...runNothing
  ]
  const bin = postgresBin()
  const launch = postgresLaunch({ bin, data, port, role: 'primary', archive, signing, settings })
  const server = stack.keep('database', 'restored', launch)
  const url = postgresUrl(port, superuser, password)
  const ask = () => connected(url, (client) => client.query('select 1'))
  await server.ready(ask, { ms: most_ms, deaths: 1 }).catch((err: Error) => {
    if (!err.message.includes('before configured recovery target')) throw err
    throw new Error(`the log ends before ${at?.toISOString()}: say --at latest`, { cause: err })
  })
  const shown = await connected(url, async (client) => {
    const moment = await shownUntil(client)
    await beginEpoch(client)
    if (copy) await becomeAnotherShop(client)
    return moment
  })
  await server.stop()
  return shown
}

/** PostgreSQL reads the setting before it knows the names of time zones, so a Z would be an error. */
const offset = (at: Date) => at.toISOString().replace('Z', '+00')

/** PostgreSQL must run no program and load no library that stands in the restored files. */
const runNothing = [
  'archive_cleanup_command=',
  'recovery_end_command=',
  'shared_preload_libraries=',
  'session_preload_libraries=',
  'local_preload_libraries=',
  'primary_conninfo='
]
