import { spawnSync } from 'node:child_process'
import { METHODS } from 'node:http'
import { fileURLToPath } from 'node:url'
import { adminAccess } from './admin-access.ts'
import { limitValues } from './limits.ts'
import type { ProxySettings } from './settings.ts'
import type { SwitchFiles } from './switches.ts'
import { filled } from './template.ts'

const folder = new URL('../../../infra/nginx/', import.meta.url)

export type Filling = Omit<ProxySettings, 'tls' | 'status_port'> & {
  /** NGINX's program: its version decides which directives it knows. */
  bin: string
  run: string
  /** The files with the nodes. */
  nodes: SwitchFiles
  status_port: number
  tls: { port: number; certificate: string; key: string } | undefined
}

/** The text of infra/nginx/nginx.conf.template with all values filled in. */
export const proxyConfiguration = (filling: Filling): string =>
  filled(new URL('nginx.conf.template', folder), valuesOf(filling))

function valuesOf(filling: Filling): Record<string, string> {
  const { bin, run, host, port, nodes, status_port, tls } = filling
  const version = versionOf(bin)
  const { directives, closed } = adminAccess(filling)
  return {
    run,
    ...nodes,
    problems: fileURLToPath(new URL('problems.conf', folder)),
    listen_http: listens(host, port, 'default_server'),
    status_port: `${status_port}`,
    plain: tls ? '' : 'yes',
    // On a reload, newer versions keep idle connections open for a while: a client may have sent a POST just now.
    keepalive_min_timeout: version >= 1.027004 ? 'keepalive_min_timeout 5s;' : '',
    connections: filling.connections ? `${filling.connections}` : '',
    ...limitValues(filling.limits),
    repeat_seconds: `${filling.repeat_seconds}`,
    // A time-out leaves time for one more try, and a second time-out for none.
    repeat_until_seconds: `${filling.repeat_seconds + 2}`,
    methods: METHODS.filter((method) => method !== 'CONNECT').join('|'),
    admin_from: directives,
    admin_closed: `${closed}`,
    ...whoIsAsking(filling.trusted),
    ...corsValues(filling.origins),
    ...(tls && tlsValues(filling, tls, version >= 1.025001))
  }
}

function whoIsAsking(trusted: string[]) {
  if (trusted.length === 0) return {}
  const from = trusted.map((network) => `set_real_ip_from ${network};`)
  return {
    real_ip: [...from, 'real_ip_header X-Forwarded-For;', 'real_ip_recursive on;'].join(' '),
    trusted: trusted.map((network) => `${network} 1;`).join(' ')
  }
}

function corsValues(origins: string[]) {
  const [only = ''] = origins.length === 1 ? origins : []
  if (only === '*') return { origins: 'default "*";', only_origin: only, vary: 'Origin' }
  return {
    origins: ['default "";', ...origins.map((origin) => `"${origin}" $http_origin;`)].join(' '),
    only_origin: only,
    vary: origins.length > 0 ? 'Origin' : ''
  }
}

function tlsValues({ host, public_url }: Filling, tls: NonNullable<Filling['tls']>, on: boolean) {
  const ownPort = tls.port === 443 ? '' : `:${tls.port}`
  const publicPort = public_url?.port && `:${public_url.port}`
  return {
    tls: 'yes',
    listen_https: listens(host, tls.port, `ssl${on ? '' : ' http2'} default_server`),
    http2_on: on ? 'http2 on;' : '',
    any_host: public_url ? '' : 'yes',
    secure_host: public_url
      ? public_url.host + (public_url.protocol === 'https:' ? publicPort : ownPort)
      : `$secure_host${ownPort}`,
    certificate: tls.certificate,
    key: tls.key
  }
}

/** `::` alone would be IPv6 only. */
function listens(host: string, port: number, how: string): string {
  const addresses = host === '::' ? ['[::]', '0.0.0.0'] : [host.includes(':') ? `[${host}]` : host]
  return addresses.map((address) => `listen ${address}:${port} ${how};`).join(' ')
}

/** NGINX's version as a number that can be compared: 1.22.1 is 1.022001. */
function versionOf(bin: string): number {
  const { stderr } = spawnSync(bin, ['-v'], { encoding: 'utf8' })
  const [, major = 0, minor = 0, patch = 0] = /\/(\d+)\.(\d+)\.(\d+)/.exec(stderr ?? '') ?? []
  return Number(major) + Number(minor) / 1e3 + Number(patch) / 1e6
}
