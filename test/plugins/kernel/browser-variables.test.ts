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

t.test(
  'a node starts with origins, cookies and a public URL that browsers understand',
  async (t) => {
    for (const values of [
      { CORS_ORIGINS: '' },
      { CORS_ORIGINS: '*' },
      { CORS_ORIGINS: 'https://shop.example, http://127.0.0.1:5173,http://[::1]:3000,' },
      { COOKIE_NAME: 'shop_session' },
      { COOKIE_DOMAIN: 'shop.example' },
      { COOKIE_DOMAIN: 'xn--mller-kva.example' },
      { COOKIE_SAME_SITE: 'strict' },
      { ...production },
      { ...production, COOKIE_SAME_SITE: 'none' },
      { ...production, COOKIE_NAME: '__Host-shop' },
      { ...production, COOKIE_NAME: '__Secure-shop', COOKIE_DOMAIN: 'shop.example' },
      { HOLDFAST_PUBLIC_URL: 'https://shop.example' },
      { HOLDFAST_PUBLIC_URL: 'http://127.0.0.1:8080/' }
    ] as Record<string, string>[])
      t.equal(refusal(values), '', JSON.stringify(values))
  }
)

t.test('a node refuses what browsers would not understand, in one line', async (t) => {
  for (const [name, values] of [
    ['CORS_ORIGINS', 'shop.example'],
    ['CORS_ORIGINS', 'https://shop.example/'],
    ['CORS_ORIGINS', 'https://shop.example/path'],
    ['CORS_ORIGINS', 'https://Shop.example'],
    ['CORS_ORIGINS', 'https://shop.example:443'],
    ['CORS_ORIGINS', 'https://*.shop.example'],
    ['CORS_ORIGINS', 'https://user@shop.example'],
    ['CORS_ORIGINS', 'ftp://shop.example'],
    ['CORS_ORIGINS', 'null'],
    ['CORS_ORIGINS', '*,https://shop.example'],
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
    ['COOKIE_SAME_SITE', 'none'],
    ['HOLDFAST_PUBLIC_URL', 'shop.example'],
    ['HOLDFAST_PUBLIC_URL', 'https://shop.example/shop'],
    ['HOLDFAST_PUBLIC_URL', 'https://shop.example/?a=b'],
    ['HOLDFAST_PUBLIC_URL', 'https://user:password@shop.example'],
    ['HOLDFAST_PUBLIC_URL', 'file:///shop']
  ] as const) {
    const message = refusal(typeof values === 'string' ? { [name]: values } : values)
    t.match(message, new RegExp(`^environment variable ${name}\\b`), JSON.stringify(values))
    t.notMatch(message, '\n')
  }
})
