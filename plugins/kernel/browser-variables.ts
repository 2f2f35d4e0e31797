import type { Config } from './variables.ts'
import { cookieName } from './session/cookie.ts'
import { isOrigin } from './web-origin.ts'

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
  ...corsContradictions(config),
  ...(isPublicUrl(config.HOLDFAST_PUBLIC_URL)
    ? []
    : ['HOLDFAST_PUBLIC_URL must be an http or https URL without a path, as https://shop.example'])
]

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

function corsContradictions({ CORS_ORIGINS }: Settings): string[] {
  if (CORS_ORIGINS.includes('*'))
    return CORS_ORIGINS.length === 1 ? [] : ['CORS_ORIGINS may have * only as its one entry']
  return CORS_ORIGINS.every(isOrigin)
    ? []
    : ['CORS_ORIGINS must be origins as a browser sends them: https://shop.example, without a path']
}

function isPublicUrl(text: string): boolean {
  if (text === '') return true
  const url = URL.canParse(text) ? new URL(text) : undefined
  return (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    `${url.pathname}${url.search}${url.hash}${url.username}${url.password}` === '/' &&
    !/[?#@]/.test(text)
  )
}
