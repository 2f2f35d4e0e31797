import path from 'node:path'

const balances = ['least_conn', 'round_robin', 'ip_hash'] as const

/** What the operator chose for the proxy. docs/configuration.md lists the variables. */
export type ProxySettings = {
  /** The address and the port that it listens on. */
  host: string
  port: number
  balance: (typeof balances)[number]
  /** Requests a minute and address; 0: no limit. */
  api: number
  checkout: number
  /** The networks that may use the admin routes; undefined: every network; an empty list: none. */
  admin_from: string[] | undefined
  /** A second port, for HTTPS, to which the first one redirects. Without files a certificate is generated. */
  tls: { port: number; files: { certificate: string; key: string } | undefined } | undefined
}

type ReadInteger = (name: string, standard: number, least: number, most: number) => number

/** @throws an Error that names the variable and what is wrong with it */
export function readProxySettings(env: NodeJS.ProcessEnv, integer: ReadInteger): ProxySettings {
  return {
    host: address(env.HOLDFAST_HOST || '127.0.0.1', 'HOLDFAST_HOST'),
    port: integer('HOLDFAST_PORT', 8080, 1, 65_535),
    balance: balanceOf(env.HOLDFAST_BALANCE || 'least_conn'),
    api: integer('RATE_LIMIT_API', 100, 0, 1_000_000),
    checkout: integer('RATE_LIMIT_CHECKOUT', 10, 0, 1_000_000),
    admin_from: adminFrom(env.HOLDFAST_ADMIN_FROM),
    tls: tlsOf(env, integer)
  }
}

function balanceOf(value: string) {
  const found = balances.find((balance) => balance === value)
  if (found) return found
  throw new Error(`HOLDFAST_BALANCE is one of ${balances.join(', ')}, not ${value}`)
}

function adminFrom(value: string | undefined) {
  if (!value) return undefined
  if (value === 'none') return []
  return value.split(',').map((network) => address(network.trim(), 'HOLDFAST_ADMIN_FROM'))
}

/** Checks an address, or a network such as 10.0.0.0/8. */
function address(value: string, name: string) {
  if (/^[\d.]+(\/\d+)?$|^[\da-f:.]+(\/\d+)?$/i.test(value)) return value
  throw new Error(`${name} is made of addresses such as 127.0.0.1, not ${value}`)
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
