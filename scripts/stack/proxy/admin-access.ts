import { isLoopback } from './networks.ts'
import type { ProxySettings } from './settings.ts'

/** Who may use the admin routes through the proxy. */
export type AdminAccess = {
  /** NGINX's directives; none: every client may. */
  directives: string
  /** The problem that other clients get: 404 as if there were no such routes, 403 with the reason. */
  closed: 403 | 404
  /** One line for the operator. */
  said: string
}

/**
 * HOLDFAST_ADMIN_FROM decides. Without it the routes are closed when keys would cross a network in the clear: the proxy listens
 * on more than the loopback address, and has no TLS.
 */
export function adminAccess({
  admin_from: from,
  host,
  tls
}: Pick<ProxySettings, 'admin_from' | 'host'> & { tls: unknown }): AdminAccess {
  if (from === undefined && !tls && !isLoopback(host))
    return {
      directives: 'deny all;',
      closed: 403,
      said: `the admin routes are closed: the proxy listens on ${host} without TLS; HOLDFAST_ADMIN_FROM opens them`
    }
  if (from === undefined || from.includes('all'))
    return {
      directives: '',
      closed: 404,
      said: 'the admin routes are open to every client of the proxy'
    }
  const allowed = from.map((network) => `allow ${network};`)
  return {
    directives: [...allowed, 'deny all;'].join(' '),
    closed: 404,
    said: `the admin routes are open to ${from.join(', ') || 'no client'}`
  }
}
