import type { CookieSerializeOptions, UnsignResult } from '@fastify/cookie'
import { decoded } from '../../lib/decoded.ts'
import type { Config } from '../variables.ts'
import { readId } from './id.ts'

const weekSeconds = 7 * 24 * 60 * 60

/** The name of the cookie in releases before this one, and outside production. */
export const plainName = 'sid'

type Settings = Pick<Config, 'COOKIE_NAME' | 'COOKIE_DOMAIN' | 'COOKIE_SAME_SITE' | 'NODE_ENV'>

/** In production the cookie is `__Host-sid`: browsers take it from no other host, so that a subdomain cannot plant one. */
export const cookieName = ({ COOKIE_NAME, COOKIE_DOMAIN, NODE_ENV }: Settings) =>
  COOKIE_NAME || (NODE_ENV === 'production' && !COOKIE_DOMAIN ? `__Host-${plainName}` : plainName)

export const cookieOptions = (
  { COOKIE_DOMAIN, COOKIE_SAME_SITE, NODE_ENV }: Settings,
  protocol: string
): CookieSerializeOptions => ({
  path: '/',
  httpOnly: true,
  sameSite: COOKIE_SAME_SITE,
  secure: NODE_ENV === 'production' || protocol === 'https',
  ...(COOKIE_DOMAIN && { domain: COOKIE_DOMAIN }),
  signed: true,
  maxAge: weekSeconds
})

/**
 * The session's id in the cookie that this shop signed. A browser may send several cookies of one name, in any order: those
 * of other paths and domains, and those that another program has set. A proxy may put a value in quotes.
 */
export function signedId(
  header: string | undefined,
  name: string,
  unsign: (value: string) => UnsignResult
): string | undefined {
  for (const value of valuesOf(header ?? '', name)) {
    const { valid, value: id } = unsign(value)
    const read = valid ? readId(id) : undefined
    if (read) return read
  }
  return undefined
}

/** More values of our form than a browser keeps by itself. To check a signature takes time, and 400 values fit into a request. */
const mostChecked = 100

/** An id and a signature, whose characters may be encoded. */
const signedForm = /^[0-9a-f-]{36}(\.|%2e)[\w+/%=-]{43,132}$/i

/** The different values of our form. @fastify/cookie gives the first cookie of a name only. */
function valuesOf(header: string, name: string): string[] {
  const values = new Set<string>()
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at === -1 || pair.slice(0, at).trim() !== name) continue
    const value = pair
      .slice(at + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1')
    if (signedForm.test(value)) values.add(value)
    if (values.size === mostChecked) break
  }
  return [...values].flatMap((value) => decoded(value) ?? [])
}
