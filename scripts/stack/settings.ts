import path from 'node:path'
import { readProxySettings, type ProxySettings } from './proxy/settings.ts'
import { machineMemory } from './sizes.ts'
import { root } from './supervisor/root.ts'

export { root }

/** What the operator chose for the system on this machine. docs/configuration.md lists the variables. */
export type Settings = {
  proxy: ProxySettings
  /** The nodes' ports, one a node. */
  nodes: number[]
  /** Absolute: the folder of data, logs and stack.json. */
  data: string
  /** Absolute: the folder of backups and of the primary's write-ahead log, better on another disk. */
  backups: string
  /** How many backups are kept. */
  backups_kept: number
  /** A command that takes the backups to another place; empty: none. */
  backup_hook: string
  /** What PostgreSQL and Redis are sized by. */
  memory_mb: number
  /** Size of the sample catalog; 0: none. */
  products: number
  currency: string
  /** External servers, used instead of managed ones. */
  external: { primary?: External; replicas?: External[]; redis?: string }
}

/** An external database by the URL that the nodes use and by one whose role may change the schema; often the same. */
export type External = { url: string; admin_url: string }

/** @throws an Error that names the variable and what is wrong with it */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const count = integer(env, 'HOLDFAST_NODES', 3, 1, 32)
  const first = integer(env, 'HOLDFAST_NODE_PORT', 3001, 1, 65_535 - count)
  const nodes = Array.from({ length: count }, (_, index) => first + index)
  const data = path.resolve(root, env.HOLDFAST_DATA || '.holdfast')
  const proxy = readProxySettings(env, (name, standard, least, most) =>
    integer(env, name, standard, least, most)
  )
  checkPorts(proxy, nodes)
  return {
    proxy,
    nodes,
    data,
    backups: path.resolve(root, env.HOLDFAST_BACKUPS || path.join(data, 'backups')),
    backups_kept: integer(env, 'HOLDFAST_BACKUPS_KEEP', 7, 1, 1000),
    backup_hook: env.HOLDFAST_BACKUP_HOOK || '',
    memory_mb: integer(env, 'HOLDFAST_MEMORY_MB', machineMemory(), 256, 16 * 2 ** 20),
    products: integer(env, 'HOLDFAST_PRODUCTS', 200, 0, 1_000_000),
    currency: currencyOf(env),
    external: externalServers(env)
  }
}

function checkPorts({ port, tls }: ProxySettings, nodes: number[]): void {
  if (nodes.includes(port))
    throw new Error(`HOLDFAST_PORT (${port}) is also a node's port: set it or HOLDFAST_NODE_PORT`)
  if (tls && [port, ...nodes].includes(tls.port))
    throw new Error(`HOLDFAST_TLS_PORT (${tls.port}) is also another port: set it to another`)
}

function currencyOf({ HOLDFAST_CURRENCY: code = '' }: NodeJS.ProcessEnv): string {
  if (/^([A-Z]{3})?$/.test(code)) return code || 'USD'
  throw new Error(`HOLDFAST_CURRENCY is a code such as USD, not ${code}`)
}

/** The external servers that the environment names. */
export function externalServers(env: NodeJS.ProcessEnv): Settings['external'] {
  const { PRIMARY_URL, PRIMARY_ADMIN_URL, REPLICA_URLS, REPLICA_ADMIN_URLS, REDIS_URL } = env
  const redis = REDIS_URL ? { redis: REDIS_URL } : {}
  if (!PRIMARY_URL) {
    if (REPLICA_URLS)
      throw new Error('REPLICA_URLS are replicas of another primary: set PRIMARY_URL too')
    return redis
  }
  const admins = list(REPLICA_ADMIN_URLS)
  return {
    primary: { url: PRIMARY_URL, admin_url: PRIMARY_ADMIN_URL || PRIMARY_URL },
    replicas: list(REPLICA_URLS).map((url, index) => ({ url, admin_url: admins[index] ?? url })),
    ...redis
  }
}

const list = (urls = '') =>
  urls
    .split(',')
    .map((url) => url.trim())
    .filter(Boolean)

function integer(
  env: NodeJS.ProcessEnv,
  name: string,
  standard: number,
  least: number,
  most: number
): number {
  const value = env[name] ? Number(env[name]) : standard
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new Error(`${name} is a whole number from ${least} to ${most}, not ${env[name]}`)
}
