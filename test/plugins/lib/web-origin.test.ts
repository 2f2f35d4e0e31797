import t from 'tap'
import { readConfig } from '../../../plugins/kernel/config.ts'
import { readSettings } from '../../../scripts/stack/settings.ts'

// CORS_ORIGINS and HOLDFAST_PUBLIC_URL, as a node and as the proxy read them.
const env = {
  PRIMARY_URL: 'postgres://127.0.0.1/shop',
  REDIS_URL: 'redis://127.0.0.1',
  HOLDFAST_DATA: '/tmp/unused'
}

t.test('a node and the proxy take the same origins, and write them as browsers do', async (t) => {
  for (const [value, origins] of [
    ['', []],
    ['*', ['*']],
    [' *, ', ['*']],
    ['https://shop.example', ['https://shop.example']],
    [
      'https://Shop.Example/, HTTP://localhost:3000',
      ['https://shop.example', 'http://localhost:3000']
    ],
    [
      'https://shop.example:443,http://shop.example:80',
      ['https://shop.example', 'http://shop.example']
    ],
    [
      'https://shop.example, http://127.0.0.1:5173,http://[::1]:3000,',
      ['https://shop.example', 'http://127.0.0.1:5173', 'http://[::1]:3000']
    ],
    ['https://süß.example', ['https://xn--s-qfa0g.example']]
  ] as const) {
    t.same(readConfig({ ...env, CORS_ORIGINS: value }).CORS_ORIGINS, origins, value)
    t.same(proxyOf({ CORS_ORIGINS: value }).origins, origins, value)
  }
})

t.test('a node and the proxy take the same public URL', async (t) => {
  for (const [value, origin] of [
    ['', ''],
    ['https://shop.example', 'https://shop.example'],
    ['https://Shop.Example:443/', 'https://shop.example'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
    ['https://[2001:DB8::1]', 'https://[2001:db8::1]']
  ] as const) {
    t.equal(readConfig({ ...env, HOLDFAST_PUBLIC_URL: value }).HOLDFAST_PUBLIC_URL, origin, value)
    const url = proxyOf({ HOLDFAST_PUBLIC_URL: value }).public_url
    t.equal(url ? `${url.protocol}//${url.host}${url.port && `:${url.port}`}` : '', origin, value)
  }
})

t.test('a node and the proxy refuse what is no origin, in one line with the name', async (t) => {
  const never = [
    'shop.example',
    'https://shop.example/path',
    'https://shop.example//',
    'https://shop.example?x',
    'https://shop.example?',
    'https://shop.example/?a=b',
    'https://shop.example#',
    'https://*.shop.example',
    'https://user@shop.example',
    'https://user:password@shop.example',
    'https://@shop.example',
    'https:\\\\shop.example',
    'https:shop.example',
    'https://shop.example:99999',
    'https://shop.example";',
    'https://$host',
    'https://{}',
    'https://a b.example',
    'ftp://shop.example',
    'file:///shop',
    'null'
  ]
  const origins = [
    ...never,
    '*,https://shop.example',
    '**',
    'https://shop.example;https://b.example'
  ]
  for (const [name, values] of Object.entries({
    CORS_ORIGINS: origins,
    HOLDFAST_PUBLIC_URL: [...never, '*']
  }))
    for (const value of values) {
      const message = new RegExp(`^(environment variable )?${name} .*$`)
      t.throws(() => readConfig({ ...env, [name]: value }), { message }, `${name}=${value}`)
      t.throws(() => proxyOf({ [name]: value }), { message }, `${name}=${value}`)
    }
})

function proxyOf(variables: NodeJS.ProcessEnv) {
  return readSettings({ ...env, ...variables }).proxy
}
