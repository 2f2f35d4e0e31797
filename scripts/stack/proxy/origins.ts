import { webOriginOf, webOriginsOf } from '../../../plugins/lib/web-origin.ts'

/** The host, and the port if it is no usual one, of the URL under which clients reach the shop. */
export type PublicUrl = { protocol: string; host: string; port: string }

/** The origins of CORS_ORIGINS, which come to stand in NGINX's configuration. @throws one line */
export function originsIn(value: string | undefined): string[] {
  const entries = (value ?? '').split(',').map((entry) => entry.trim())
  const origins = webOriginsOf(entries.filter(Boolean))
  if (origins) return origins
  throw new Error(
    `CORS_ORIGINS is made of origins such as https://shop.example, or is * alone, not ${value}`
  )
}

/** HOLDFAST_PUBLIC_URL. @throws one line */
export function publicUrlIn(value: string | undefined): PublicUrl | undefined {
  if (!value) return undefined
  const url = webOriginOf(value)
  if (url) return { protocol: url.protocol, host: url.hostname, port: url.port }
  throw new Error(`HOLDFAST_PUBLIC_URL is a URL such as https://shop.example, not ${value}`)
}
