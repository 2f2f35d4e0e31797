import type { FastifyRequest } from 'fastify'
import { hostOf } from '../../lib/web-origin.ts'
import type { Config } from '../variables.ts'

type Settings = Pick<Config, 'CORS_ORIGINS' | 'HOLDFAST_PUBLIC_URL'>

/**
 * Whether a page of another site may have made the browser send this request. A browser adds the session's cookie by
 * itself, also to a form that another site shows. Where `Sec-Fetch-Site` is sent, it decides; else `Origin` does. A client
 * that sends neither is no browser.
 */
export function isCrossSite(request: FastifyRequest, settings: Settings): boolean {
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  // "*" in CORS_ORIGINS is no origin: such pages have no credentials.
  const isAllowed = origin !== undefined && origin !== '*' && settings.CORS_ORIGINS.includes(origin)
  if (site === 'same-origin' || site === 'none') return false
  if (site !== undefined) return !isAllowed
  return origin !== undefined && !isAllowed && !isOwn(origin, request, settings)
}

/** The schemes are not compared: a proxy may have ended the client's HTTPS. */
function isOwn(origin: string, request: FastifyRequest, { HOLDFAST_PUBLIC_URL }: Settings) {
  const host = hostOf(origin)
  if (host === undefined) return false
  // request.host is what the proxy says that its client has asked for.
  const own = [HOLDFAST_PUBLIC_URL, `http://${request.host}`, `https://${request.host}`]
  return own.some((url) => hostOf(url) === host)
}
