/** A host as URLs write it: nothing in it has a meaning in NGINX's configuration. */
const safeHost = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/

/**
 * An origin as an operator writes it: scheme, host and port. Capitals, a slash at the end and the scheme's own port make no
 * difference; `origin` of the result is what a browser sends. undefined: the text is something else.
 */
export function webOriginOf(text: string): URL | undefined {
  if (!/^https?:\/\/[^/?#@\\\s]+\/?$/i.test(text)) return undefined
  const url = URL.parse(text)
  return url && safeHost.test(url.hostname) ? url : undefined
}

/** The entries of CORS_ORIGINS as browsers send them, or `*` alone. undefined: an entry is neither. */
export function webOriginsOf(entries: string[]): string[] | undefined {
  if (entries.join() === '*') return ['*']
  const origins = entries.map((entry) => webOriginOf(entry)?.origin)
  return origins.every((origin) => origin !== undefined) ? origins : undefined
}

/** Host and port of a URL, the port without being said where it is the scheme's own. */
export const hostOf = (url: string): string | undefined => URL.parse(url)?.host || undefined
