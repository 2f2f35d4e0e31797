import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { postgresConnection, setNewerSettings } from '../../../plugins/lib/postgres-connection.ts'
import { toolsEnvironment } from '../supervisor/environment.ts'
import { postgresOwner } from '../supervisor/privilege.ts'
import { run } from '../supervisor/run.ts'
import type { Launch } from '../supervisor/process.ts'

/** The name of the superuser and of the database in every cluster, and of the role that the nodes use. */
export const superuser = 'holdfast'
export const database = 'holdfast'
export const appRole = 'app'

export type Cluster = {
  bin: string
  data: string
  port: number
  role: 'primary' | 'replica'
  /** The folder where a primary archives its write-ahead log; undefined: it does not archive. */
  archive?: string
  /** What archive.sh and fetch.sh need besides: the words that sign segments. */
  signing?: NodeJS.ProcessEnv
  /** `name=value`, besides those of infra/postgres/<role>.conf. */
  settings?: readonly string[]
}

const infra = fileURLToPath(new URL('../../../infra/postgres/', import.meta.url))

/** Creates the cluster when there is none yet. An interrupted initdb leaves a draft, which the next call replaces. */
export async function createCluster(
  { bin, data }: Cluster,
  password: string,
  { sync = true } = {}
): Promise<void> {
  if (existsSync(path.join(data, 'PG_VERSION'))) return
  const draft = `${data}.draft`
  const passwordFile = `${data}.password`
  rmSync(draft, { recursive: true, force: true })
  rmSync(data, { recursive: true, force: true })
  mkdirSync(draft, { recursive: true, mode: 0o700 })
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  giveToPostgres(draft)
  giveToPostgres(passwordFile)
  const words = ['-D', draft, '-U', superuser, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
  const plain = ['-E', 'UTF8', '--locale=C.UTF-8', ...(sync ? [] : ['--no-sync'])]
  try {
    await run([path.join(bin, 'initdb'), ...words, ...plain], { asPostgres: true })
  } finally {
    rmSync(passwordFile, { force: true })
  }
  renameSync(draft, data)
}

/** How to run a cluster. Its configuration is infra/postgres/<role>.conf; the command line has only what differs by machine. */
export function postgresLaunch(cluster: Cluster): Launch {
  const { bin, data, port, role, archive, signing, settings = [] } = cluster
  const files = {
    [`${role}.conf`]: 'postgresql.conf',
    'archive.sh': 'archive.sh',
    'fetch.sh': 'fetch.sh'
  }
  for (const [from, to] of Object.entries(files)) {
    copyFileSync(path.join(infra, from), path.join(data, to))
    giveToPostgres(path.join(data, to))
  }
  const here = [
    `port=${port}`,
    `cluster_name=${path.basename(data)}`,
    ...(role === 'primary' && !archive ? ['archive_mode=off'] : []),
    ...settings
  ]
  return {
    words: [path.join(bin, 'postgres'), '-D', data, ...here.flatMap((setting) => ['-c', setting])],
    stop: 'SIGINT',
    asPostgres: true,
    env: { ...toolsEnvironment(), ...(archive && { WAL_ARCHIVE: archive, ...signing }) }
  }
}

/** The log's whole pages are compressed by lz4 where this build of PostgreSQL has it: it costs a fraction of pglz. */
export async function logCompression(bin: string): Promise<string[]> {
  const built = await run([path.join(bin, 'pg_config'), '--configure']).catch(() => '')
  return built.includes('--with-lz4') ? ['wal_compression=lz4'] : []
}

/** The connection for PostgreSQL's own tools. On their command line every user of the machine could read the password. */
export function toolEnvironment(url: string): NodeJS.ProcessEnv {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url)
  const sslmode = searchParams.get('sslmode')
  return {
    ...toolsEnvironment(),
    // The drivers' word for "encrypted, with any certificate" is unknown to these tools.
    ...(sslmode && { PGSSLMODE: sslmode === 'no-verify' ? 'require' : sslmode }),
    PGHOST: hostname,
    PGPORT: port || '5432',
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: pathname.slice(1)
  }
}

export function postgresUrl(port: number, user: string, password: string, name = database): string {
  return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${name}`
}

/** The same server, another database. */
export function withDatabase(url: string, name: string): string {
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}

/** Runs `work` with one connection. It may write on a replica too, as the migrator and promotion do. */
export async function connected<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    ...postgresConnection(url, '-c default_transaction_read_only=off'),
    connectionTimeoutMillis: 5_000
  })
  // Without a listener a dropped connection would end this process.
  client.on('error', () => {})
  await client.connect()
  try {
    await setNewerSettings(client)
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** Creates the nodes' role or sets its password. Its rights come from `grantRole` only. */
export async function createAppRole(adminUrl: string, password: string): Promise<void> {
  await connected(adminUrl, async (client) => {
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [appRole])
    const verb = rowCount ? 'alter' : 'create'
    await client.query(`${verb} role ${appRole} login password ${client.escapeLiteral(password)}`)
  })
}

export async function createDatabase(adminUrl: string, name = database): Promise<void> {
  await connected(withDatabase(adminUrl, 'postgres'), async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (!rowCount) await client.query(`create database ${client.escapeIdentifier(name)}`)
  })
}

/** Makes a file belong to the user that PostgreSQL runs as. */
export function giveToPostgres(file: string): void {
  const owner = postgresOwner()
  if (owner) chownSync(file, owner.uid, owner.gid)
}
