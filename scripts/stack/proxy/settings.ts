import path from 'node:path'
import { addressIn, networksIn } from './networks.ts'
import { originsIn, publicUrlIn, type PublicUrl } from './origins.ts'

const balances = ['least_conn', 'round_robin', 'ip_hash'] as const

export type Balance = (typeof balances)[number]

/** What the operator chose for the proxy. docs/configuration.md lists the variables. */
export type ProxySettings = {
  /** The address and the port that it listens on. */
  host: string
  port: number
  /** The loopback port of NGINX's own numbers; undefined: one is chosen and kept. */
  status_port: number | undefined
  balance: Balance
  limits: Limits
  /** After how many seconds without an answer a request that may be sent twice goes to another node. */
  repeat_seconds: number
  /** Connections with a request in progress that an address may have; 0: no limit. */
  connections: number
  /** The proxies in front of this one, whose X-Forwarded-For counts. */
  trusted: string[]
  /** The networks that may use the admin routes; undefined: not set; an empty list: none. */
  admin_from: string[] | undefined
  /** The origins whose pages may read answers. */
  origins: string[]
  /** Where clients reach the shop; undefined: at any address of this machine. */
  public_url: PublicUrl | undefined
  /** A second port, for HTTPS, to which the first one redirects. Without files a certificate is generated. */
  tls: { port: number; files: { certificate: string; key: string } | undefined } | undefined
}

/** Requests a minute and address; 0: no limit. */
export type Limits = { api: number; checkout: number; ops: number; admin: number }

type ReadInteger = (name: string, standard: number, least: number, most: number) => number

/** @throws an Error that names the variable and what is wrong with it */
export function readProxySettings(env: NodeJS.ProcessEnv, integer: ReadInteger): ProxySettings {
  const { CORS_ORIGINS } = env
  return {
    host: addressIn(env.HOLDFAST_HOST || '127.0.0.1', 'HOLDFAST_HOST'),
    port: integer('HOLDFAST_PORT', 8080, 1, 65_535),
    status_port: env.HOLDFAST_STATUS_PORT
      ? integer('HOLDFAST_STATUS_PORT', 0, 1, 65_535)
      : undefined,
    balance: balanceOf(env.HOLDFAST_BALANCE),
    limits: limitsOf(integer),
    repeat_seconds: repeatSeconds(integer('PAYMENT_TIMEOUT_MS', 5000, 10, 15_000)),
    connections: integer('HOLDFAST_CONNECTIONS_PER_IP', 100, 0, 65_535),
    trusted: networksIn(env.HOLDFAST_TRUSTED_PROXIES, 'HOLDFAST_TRUSTED_PROXIES'),
    admin_from: adminFrom(env.HOLDFAST_ADMIN_FROM),
    origins: originsIn(CORS_ORIGINS),
    public_url: publicUrlIn(env.HOLDFAST_PUBLIC_URL),
    tls: tlsOf(env, integer)
  }
}

/** HOLDFAST_BALANCE. @throws one line */
export function balanceOf(value: string | undefined): Balance {
  const found = balances.find((balance) => balance === (value || 'least_conn'))
  if (found) return found
  throw new Error(`HOLDFAST_BALANCE is one of ${balances.join(', ')}, not ${value}`)
}

/**
 * Longer than a node needs that works: 6 s for a replica that hangs, then the primary; or the charge, and two seconds for the
 * rest of a checkout. The prober needs up to 5.6 s to see that a node hangs.
 */
const repeatSeconds = (charge_ms: number) => Math.max(7, Math.ceil(charge_ms / 1000) + 2)

/** RATE_LIMIT_API=0 turns every limit off. An address may use two admin keys to their limits. */
function limitsOf(integer: ReadInteger): Limits {
  const most = 1_000_000
  const limits = {
    api: integer('RATE_LIMIT_API', 100, 0, most),
    checkout: integer('RATE_LIMIT_CHECKOUT', 10, 0, most),
    ops: integer('RATE_LIMIT_OPS', 300, 0, most),
    admin: 2 * integer('RATE_LIMIT_ADMIN', 600, 0, most)
  }
  return limits.api === 0 ? { api: 0, checkout: 0, ops: 0, admin: 0 } : limits
}

function adminFrom(value: string | undefined) {
  if (!value) return undefined
  if (value === 'none') return []
  if (value === 'all') return ['all']
  return networksIn(value, 'HOLDFAST_ADMIN_FROM')
}

function tlsOf(env: NodeJS.ProcessEnv, integer: ReadInteger): ProxySettings['tls'] {
  const { HOLDFAST_TLS, HOLDFAST_TLS_CERTIFICATE: certificate, HOLDFAST_TLS_KEY: key } = env
  if (Boolean(certificate) !== Boolean(key))
    throw new Error('HOLDFAST_TLS_CERTIFICATE and HOLDFAST_TLS_KEY go together: set both')
  if (!certificate && !HOLDFAST_TLS) return undefined
  return {
    port: integer('HOLDFAST_TLS_PORT', 8443, 1, 65_535),
    files:
      certificate && key
        ? { certificate: path.resolve(certificate), key: path.resolve(key) }
        : undefined
  }
}
