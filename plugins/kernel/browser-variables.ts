import { webOriginOf, webOriginsOf } from '../lib/web-origin.ts'
import { cookieName } from './session/cookie.ts'
import type { Config } from './variables.ts'

type Settings = Pick<
  Config,
  | 'COOKIE_DOMAIN'
  | 'COOKIE_NAME'
  | 'COOKIE_SAME_SITE'
  | 'CORS_ORIGINS'
  | 'HOLDFAST_PUBLIC_URL'
  | 'NODE_ENV'
>

/** The characters of a cookie's name, RFC 6265. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/
/** Two labels at least, of which the last is no number: browsers refuse an address and a whole top-level domain. */
const domain =
  /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i

/** What browsers would refuse, or would not understand: one line for each mistake. */
export const browserContradictions = (config: Settings): string[] => [
  ...cookieContradictions(config),
  ...originContradictions(config)
]

/** The origins as browsers send them. */
export const browserOrigins = ({ CORS_ORIGINS, HOLDFAST_PUBLIC_URL }: Settings) => ({
  CORS_ORIGINS: webOriginsOf(CORS_ORIGINS) ?? [],
  HOLDFAST_PUBLIC_URL: webOriginOf(HOLDFAST_PUBLIC_URL)?.origin ?? ''
})

function cookieContradictions(config: Settings): string[] {
  const { COOKIE_DOMAIN, COOKIE_SAME_SITE, NODE_ENV } = config
  const name = cookieName(config)
  const isSecure = NODE_ENV === 'production'
  const problems: string[] = []
  if (!token.test(name)) problems.push('COOKIE_NAME has characters that no cookie may have')
  if (COOKIE_DOMAIN && !domain.test(COOKIE_DOMAIN))
    problems.push('COOKIE_DOMAIN must be a domain name, as shop.example')
  if (/^__Host-/i.test(name) && COOKIE_DOMAIN)
    problems.push('COOKIE_NAME with the prefix __Host- does not go together with COOKIE_DOMAIN')
  if (/^__(Host|Secure)-/i.test(name) && !isSecure)
    problems.push(
      'COOKIE_NAME with this prefix needs NODE_ENV=production, where cookies are Secure'
    )
  if (COOKIE_SAME_SITE === 'none' && !isSecure)
    problems.push('COOKIE_SAME_SITE=none needs NODE_ENV=production, where cookies are Secure')
  return problems
}

function originContradictions({ CORS_ORIGINS, HOLDFAST_PUBLIC_URL }: Settings): string[] {
  const problems: string[] = []
  if (!webOriginsOf(CORS_ORIGINS))
    problems.push('CORS_ORIGINS must be origins such as https://shop.example, or * alone')
  if (HOLDFAST_PUBLIC_URL && !webOriginOf(HOLDFAST_PUBLIC_URL))
    problems.push('HOLDFAST_PUBLIC_URL must be a URL without a path, as https://shop.example')
  return problems
}
