import t from 'tap'
import { readSettings, root } from '../../scripts/stack/settings.ts'

t.test('every setting has a default', async (t) => {
  t.match(readSettings({}), {
    nodes: [3001, 3002, 3003],
    data: `${root}.holdfast`,
    products: 200,
    currency: 'USD',
    proxy: {
      host: '127.0.0.1',
      port: 8080,
      balance: 'least_conn',
      limits: { api: 100, checkout: 10, ops: 300, admin: 1200 }
    },
    external: {}
  })
})

t.test('an empty variable counts as unset', async (t) => {
  t.equal(readSettings({ HOLDFAST_PORT: '', PRIMARY_URL: '' }).proxy.port, 8080)
})

t.test('an error of the settings names the variable that is wrong', async (t) => {
  const fails = (env: NodeJS.ProcessEnv, words: RegExp) => t.throws(() => readSettings(env), words)
  fails({ HOLDFAST_PORT: 'http' }, /HOLDFAST_PORT is a whole number from 1 to 65535, not http/)
  fails({ HOLDFAST_NODES: '0' }, /HOLDFAST_NODES/)
  fails({ HOLDFAST_NODE_PORT: '3.5' }, /HOLDFAST_NODE_PORT/)
  fails({ HOLDFAST_CURRENCY: 'usd' }, /HOLDFAST_CURRENCY is a code such as USD, not usd/)
  fails({ HOLDFAST_PRODUCTS: '-1' }, /HOLDFAST_PRODUCTS/)
  fails({ HOLDFAST_PORT: '3002' }, /HOLDFAST_PORT \(3002\) is also a node's port/)
  fails(
    { HOLDFAST_BALANCE: 'random' },
    /HOLDFAST_BALANCE is one of least_conn, round_robin, ip_hash/
  )
  fails({ HOLDFAST_ADMIN_FROM: '10.0.0.0/8; }' }, /HOLDFAST_ADMIN_FROM/)
  fails({ HOLDFAST_TLS_CERTIFICATE: 'a.pem' }, /HOLDFAST_TLS_KEY/)
  fails({ HOLDFAST_TLS: 'yes', HOLDFAST_TLS_PORT: '8080' }, /HOLDFAST_TLS_PORT \(8080\)/)
  fails({ REPLICA_URLS: 'postgres://r1' }, /set PRIMARY_URL too/)
})

t.test(
  'the settings read external servers, with an admin role for migrations where one is set',
  async (t) => {
    const { external } = readSettings({
      PRIMARY_URL: 'postgres://app@p/shop',
      PRIMARY_ADMIN_URL: 'postgres://owner@p/shop',
      REPLICA_URLS: 'postgres://app@r1/shop, postgres://app@r2/shop',
      REDIS_URL: 'redis://r'
    })
    t.same(external, {
      primary: { url: 'postgres://app@p/shop', admin_url: 'postgres://owner@p/shop' },
      replicas: [
        { url: 'postgres://app@r1/shop', admin_url: 'postgres://app@r1/shop' },
        { url: 'postgres://app@r2/shop', admin_url: 'postgres://app@r2/shop' }
      ],
      redis: 'redis://r'
    })
  }
)
