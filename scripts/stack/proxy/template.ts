import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { ProxySettings } from './settings.ts'

const template = new URL('../../../infra/nginx/nginx.conf.template', import.meta.url)

export type Filling = Omit<ProxySettings, 'tls'> & {
  /** NGINX's program: its version decides which directives it knows. */
  bin: string
  run: string
  /** The file with the nodes, which is rewritten while the proxy runs. */
  upstream: string
  tls: { port: number; certificate: string; key: string } | undefined
}

/** The text of infra/nginx/nginx.conf.template with all values filled in. */
export function proxyConfiguration(filling: Filling): string {
  const values = valuesOf(filling)
  const fill = (text: string): string =>
    text
      .replaceAll(
        /^ *\{\{#(\w+)\}\}\n([^]*?)^ *\{\{\/\1\}\}\n/gm,
        (_, name: string, part: string) => (values[name] ? fill(part) : '')
      )
      .replaceAll(/^ *\{\{(\w+)\}\}\n/gm, (line, name: string) => (values[name] ? line : ''))
      .replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '')
  const [comment = '', ...rest] = readFileSync(template, 'utf8').split('\n\n')
  return [comment, fill(rest.join('\n\n'))].join('\n\n')
}

function valuesOf({
  bin,
  run,
  port,
  upstream,
  host,
  balance,
  api,
  checkout,
  admin_from,
  tls
}: Filling) {
  const version = versionOf(bin)
  const http2 = version >= 1.025001
  const values: Record<string, string> = {
    run,
    upstream,
    http: at(host, port),
    plain: tls ? '' : 'yes',
    balance: balance === 'round_robin' ? '' : `${balance};`,
    // On a reload, newer versions keep idle connections open for a while: a client may have sent a POST just now.
    keepalive_min_timeout: version >= 1.027004 ? 'keepalive_min_timeout 5s;' : '',
    ...limit('api', api),
    ...limit('checkout', checkout),
    admin: admin_from ? [...admin_from.map((from) => `allow ${from};`), 'deny all;'].join(' ') : ''
  }
  return tls === undefined
    ? values
    : {
        ...values,
        tls: 'yes',
        https: at(host, tls.port),
        http2: http2 ? '' : ' http2',
        http2_on: http2 ? 'http2 on;' : '',
        tls_port: tls.port === 443 ? '' : `:${tls.port}`,
        certificate: tls.certificate,
        key: tls.key
      }
}

const at = (host: string, port: number) => `${host.includes(':') ? `[${host}]` : host}:${port}`

function limit(name: string, most: number): Record<string, string> {
  if (most === 0) return {}
  return {
    [name]: `${most}`,
    [`${name}_burst`]: most > 1 ? ` burst=${most - 1} nodelay` : '',
    // The time until one more request is allowed.
    [`${name}_seconds`]: `${Math.ceil(60 / most)}`
  }
}

/** NGINX's version as a number that can be compared: 1.22.1 is 1.022001. */
function versionOf(bin: string): number {
  const { stderr } = spawnSync(bin, ['-v'], { encoding: 'utf8' })
  const [, major = 0, minor = 0, patch = 0] = /\/(\d+)\.(\d+)\.(\d+)/.exec(stderr ?? '') ?? []
  return Number(major) + Number(minor) / 1e3 + Number(patch) / 1e6
}
