/** The host, and the port if it is no usual one, of the URL under which clients reach the shop. */
export type PublicUrl = { protocol: string; host: string; port: string }

/** A host as URLs write it: nothing in it has a meaning in NGINX's configuration. */
const safeHost = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/

/** The origins of CORS_ORIGINS, which come to stand in NGINX's configuration. @throws one line */
export function originsIn(value: string | undefined): string[] {
  const origins = (value ?? '').split(',').map((origin) => origin.trim())
  if (value?.trim() === '*') return ['*']
  return origins.filter(Boolean).map((origin) => {
    const url = parse(origin)
    if (url && url.origin === origin.replace(/\/$/, '').toLowerCase()) return url.origin
    throw new Error(
      `CORS_ORIGINS is made of origins such as https://shop.example, or is * alone, not ${origin}`
    )
  })
}

/** HOLDFAST_PUBLIC_URL. @throws one line */
export function publicUrlIn(value: string | undefined): PublicUrl | undefined {
  if (!value) return undefined
  const url = parse(value)
  if (url && url.pathname === '/' && !url.search && !url.hash)
    return { protocol: url.protocol, host: url.hostname, port: url.port }
  throw new Error(`HOLDFAST_PUBLIC_URL is a URL such as https://shop.example, not ${value}`)
}

function parse(text: string): URL | undefined {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return undefined
  return safeHost.test(url.hostname) ? url : undefined
}
