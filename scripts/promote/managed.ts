import { existsSync, renameSync } from 'node:fs'
import path from 'node:path'
import { archiveData } from '../stack/postgres/archive-data.ts'
import { forgetLatest } from '../stack/postgres/backups.ts'
import { postgresBin } from '../stack/supervisor/binaries.ts'
import { clusterFolder, clusterNames, databasePorts } from '../stack/databases.ts'
import { readJson } from '../stack/supervisor/files.ts'
import type { Offline } from '../stack/offline.ts'
import { checkReach } from '../stack/supervisor/privilege.ts'
import { isFree } from '../stack/supervisor/ports.ts'
import {
  appRole,
  connected,
  postgresLaunch,
  postgresUrl,
  superuser
} from '../stack/postgres/cluster.ts'
import { becomePrimary } from './become-primary.ts'
import { checkMostAdvanced } from './most-advanced.ts'

/**
 * Promotes a replica that npm start created: its folder becomes the primary's, so that the next start finds it there, on the
 * primary's port. The other clusters are moved away, and the next start creates new replicas.
 */
export async function promoteManaged(
  { stack, settings, secrets }: Offline,
  number: number,
  anyway: boolean
): Promise<Date> {
  const folder = clusterFolder(settings.data)
  const names = clusterNames.filter((name) => name !== 'primary')
  const chosen = names[number - 1]!
  if (!existsSync(path.join(folder, chosen))) throw new Error(`there is no ${chosen} in ${folder}`)
  await refuseRunningPrimary(settings.data)
  checkReach(folder)
  const ports = await databasePorts(settings)

  const bin = postgresBin()
  const start = async (name: (typeof names)[number]) => {
    const data = path.join(folder, name)
    const launch = postgresLaunch({ bin, data, port: ports[name], role: 'replica' })
    const server = stack.keep('database', name, launch)
    const url = postgresUrl(ports[name], superuser, secrets.superuser_password)
    await server.ready(() => connected(url, (client) => client.query('select 1')))
    return { url, server }
  }
  const there = names.filter((name) => existsSync(path.join(folder, name)))
  const started = await Promise.all((anyway ? [chosen] : there).map(start))
  const urls = started.map(({ url }) => url)
  const at = anyway ? 0 : there.indexOf(chosen)
  await checkMostAdvanced(urls, at + 1)
  const shown = await becomePrimary(urls[at]!, appRole)
  await Promise.all(started.map(({ server }) => server.stop()))

  const archived = archiveData(
    folder,
    clusterNames.filter((name) => name !== chosen)
  )
  renameSync(path.join(folder, chosen), path.join(folder, 'primary'))
  // The new primary is another cluster, of which there is no backup.
  forgetLatest(settings.backups)
  console.log(`replica ${number} is the primary now, as it was at ${shown.toISOString()}`)
  if (archived)
    console.log(`the other clusters are in ${archived}: remove them when you no longer need them`)
  return shown
}

/** @throws when a server listens on the primary's port: an operator may have started the primary by hand */
async function refuseRunningPrimary(data: string): Promise<void> {
  const { primary } = readJson<{ primary?: number }>(path.join(data, 'ports.json')) ?? {}
  if (primary !== undefined && !(await isFree(primary)))
    throw new Error(`something listens on the primary's port ${primary}: stop it`)
}
