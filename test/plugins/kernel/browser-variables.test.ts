import t from 'tap'
import { readConfig } from '../../../plugins/kernel/config.ts'

const env = { PRIMARY_URL: 'postgres://127.0.0.1/shop', REDIS_URL: 'redis://127.0.0.1' }
const production = { NODE_ENV: 'production', COOKIE_SECRET: 's'.repeat(32) }

/** What a node says at its start; empty: it starts. */
function refusal(values: Record<string, string>): string {
  try {
    readConfig({ ...env, ...values })
    return ''
  } catch (err) {
    return (err as Error).message
  }
}

t.test('a node starts with cookies that browsers understand', async (t) => {
  for (const values of [
    { COOKIE_NAME: 'shop_session' },
    { COOKIE_DOMAIN: 'shop.example' },
    { COOKIE_DOMAIN: 'xn--mller-kva.example' },
    { COOKIE_SAME_SITE: 'strict' },
    { ...production },
    { ...production, COOKIE_SAME_SITE: 'none' },
    { ...production, COOKIE_NAME: '__Host-shop' },
    { ...production, COOKIE_NAME: '__Secure-shop', COOKIE_DOMAIN: 'shop.example' }
  ] as Record<string, string>[])
    t.equal(refusal(values), '', JSON.stringify(values))
})

t.test('a node refuses cookies that browsers would not understand, in one line', async (t) => {
  for (const [name, values] of [
    ['COOKIE_NAME', 'a b'],
    ['COOKIE_NAME', 'a=b'],
    ['COOKIE_NAME', 'a;b'],
    ['COOKIE_NAME', 'süß'],
    ['COOKIE_NAME', '__Host-shop'],
    ['COOKIE_NAME', '__host-shop'],
    ['COOKIE_NAME', '__Secure-shop'],
    ['COOKIE_NAME', { ...production, COOKIE_NAME: '__Host-a', COOKIE_DOMAIN: 'shop.example' }],
    ['COOKIE_DOMAIN', 'https://shop.example'],
    ['COOKIE_DOMAIN', 'shop.example:8080'],
    ['COOKIE_DOMAIN', 'example'],
    ['COOKIE_DOMAIN', '127.0.0.1'],
    ['COOKIE_DOMAIN', 'shop..example'],
    ['COOKIE_DOMAIN', '-shop.example'],
    ['COOKIE_SAME_SITE', 'Lax'],
    ['COOKIE_SAME_SITE', 'always'],
    ['COOKIE_SAME_SITE', 'none']
  ] as const) {
    const message = refusal(typeof values === 'string' ? { [name]: values } : values)
    t.match(message, new RegExp(`^environment variable ${name}\\b`), JSON.stringify(values))
    t.notMatch(message, '\n')
  }
})
