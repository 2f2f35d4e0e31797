import t from 'tap'
import { readConfig } from '../../../plugins/kernel/config.ts'

const env = { PRIMARY_URL: 'postgres://127.0.0.1/shop', REDIS_URL: 'redis://127.0.0.1' }

t.test('needs no more than its databases', async (t) => {
  t.match(readConfig(env), {
    NODE_ENV: 'development',
    PORT: 3001,
    REPLICA_URLS: [],
    HOLDFAST_CURRENCY: 'USD',
    HOLDFAST_DATA: /^\/.*\.holdfast$/,
    RATE_LIMIT_API: 100,
    RATE_LIMIT_CHECKOUT: 10,
    RESERVATION_TTL_SECONDS: 600,
    PAYMENT_TIMEOUT_MS: 5000,
    ADMIN_API_KEY: ''
  })
})

t.test('reads text as what it means', async (t) => {
  const config = readConfig({
    ...env,
    PORT: '8081',
    REPLICA_URLS: 'postgres://a/shop,postgres://b/shop',
    PROVIDER_LOST_RESPONSES: '0.25',
    LOG_LEVEL: ''
  })
  t.match(config, {
    PORT: 8081,
    REPLICA_URLS: ['postgres://a/shop', 'postgres://b/shop'],
    PROVIDER_LOST_RESPONSES: 0.25,
    LOG_LEVEL: 'info'
  })
})

t.test('knows nothing of other variables', async (t) => {
  t.notOk('HOME' in readConfig({ ...env, HOME: '/root' }))
})

t.test('names the variable that is wrong', async (t) => {
  const wrong = {
    PORT: '70000',
    LOG_LEVEL: 'loud',
    HOLDFAST_CURRENCY: 'usd',
    COOKIE_SECRET: 'short',
    ADMIN_API_KEY: 'short',
    RATE_LIMIT_API: '-1',
    RATE_LIMIT_CHECKOUT: 'ten',
    PENDING_ORDERS_PER_SESSION: '-1',
    PENDING_ORDERS_PER_IP: '1001',
    RECONCILE_INTERVAL_SECONDS: 'hourly',
    RESERVATION_TTL_SECONDS: '0',
    PAYMENT_TIMEOUT_MS: '1.5',
    PAYMENT_LEASE_MS: '100',
    PROVIDER_LOST_RESPONSES: '2',
    HOLDFAST_FAILPOINT: 'Order Placed'
  }
  for (const [name, value] of Object.entries(wrong))
    t.throws(() => readConfig({ ...env, [name]: value }), { message: name }, name)
})

t.test('names the variable that is missing', async (t) => {
  for (const name of ['PRIMARY_URL', 'REDIS_URL']) {
    const message = `environment variable ${name} is required`
    t.throws(() => readConfig({ ...env, [name]: undefined }), { message })
    t.throws(() => readConfig({ ...env, [name]: '' }), { message }, 'empty is missing')
  }
})

t.test('in production the secret is not optional', async (t) => {
  const production = { ...env, NODE_ENV: 'production' }
  t.throws(() => readConfig(production), { message: 'COOKIE_SECRET is required' })
  t.ok(readConfig({ ...production, COOKIE_SECRET: 'x'.repeat(32) }))
})

t.test('no process kills itself in production', async (t) => {
  const armed = { ...env, COOKIE_SECRET: 'x'.repeat(32), HOLDFAST_FAILPOINT: 'gate-asked:2' }
  t.equal(readConfig(armed).HOLDFAST_FAILPOINT, 'gate-asked:2')
  t.throws(() => readConfig({ ...armed, NODE_ENV: 'production' }), {
    message: 'HOLDFAST_FAILPOINT'
  })
})

t.test('never says what a secret is', async (t) => {
  t.throws(() => readConfig({ ...env, ADMIN_API_KEY: 'hunter2' }), {
    message: /^((?!hunter2).)*$/
  })
})
