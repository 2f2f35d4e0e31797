import t from 'tap'
import { readSettings, root } from '../../scripts/stack/settings.ts'

t.test('has a default for everything', async (t) => {
  t.match(readSettings({}), {
    door: 8080,
    nodes: [3001, 3002, 3003],
    data: `${root}.holdfast`,
    products: 200,
    currency: 'USD',
    front: { host: '127.0.0.1', balance: 'least_conn', api: 100, checkout: 10 },
    given: {}
  })
})

t.test('an empty variable is one that is not set', async (t) => {
  t.equal(readSettings({ HOLDFAST_PORT: '', PRIMARY_URL: '' }).door, 8080)
})

t.test('names the variable that is wrong', async (t) => {
  const said = (env: NodeJS.ProcessEnv, words: RegExp) => t.throws(() => readSettings(env), words)
  said({ HOLDFAST_PORT: 'http' }, /HOLDFAST_PORT is a whole number from 1 to 65535, not http/)
  said({ HOLDFAST_NODES: '0' }, /HOLDFAST_NODES/)
  said({ HOLDFAST_NODE_PORT: '3.5' }, /HOLDFAST_NODE_PORT/)
  said({ HOLDFAST_CURRENCY: 'usd' }, /HOLDFAST_CURRENCY is a code such as USD, not usd/)
  said({ HOLDFAST_PRODUCTS: '-1' }, /HOLDFAST_PRODUCTS/)
  said({ HOLDFAST_PORT: '3002' }, /HOLDFAST_PORT \(3002\) is also a node's port/)
  said(
    { HOLDFAST_BALANCE: 'random' },
    /HOLDFAST_BALANCE is one of least_conn, round_robin, ip_hash/
  )
  said({ HOLDFAST_ADMIN_FROM: '10.0.0.0/8; }' }, /HOLDFAST_ADMIN_FROM/)
  said({ HOLDFAST_TLS_CERTIFICATE: 'a.pem' }, /HOLDFAST_TLS_KEY/)
  said({ HOLDFAST_TLS: 'yes', HOLDFAST_TLS_PORT: '8080' }, /HOLDFAST_TLS_PORT \(8080\)/)
  said({ REPLICA_URLS: 'postgres://r1' }, /set PRIMARY_URL too/)
})

t.test(
  'uses the servers that it is given, migrated by another role where there is one',
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
