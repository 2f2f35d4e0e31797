import t from 'tap'
import { oldNames, readConfig } from '../../../plugins/kernel/config.ts'
import { groups, renamed } from '../../../plugins/kernel/variables.ts'

const env = { PRIMARY_URL: 'postgres://127.0.0.1/shop', REDIS_URL: 'redis://127.0.0.1' }

t.test('a configuration needs no more than the URLs of the primary and Redis', async (t) => {
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

t.test('numbers and lists are read from text, and an empty variable has its default', async (t) => {
  const config = readConfig({
    ...env,
    PORT: '8081',
    REPLICA_URLS: 'postgres://a/shop,,postgres://b/shop,',
    TRUSTED_PROXIES: '10.0.0.0/8, ::1',
    PROVIDER_LOST_RESPONSES: '0.25',
    LOG_LEVEL: ''
  })
  t.match(config, {
    PORT: 8081,
    REPLICA_URLS: ['postgres://a/shop', 'postgres://b/shop'],
    TRUSTED_PROXIES: ['10.0.0.0/8', '::1'],
    PROVIDER_LOST_RESPONSES: 0.25,
    LOG_LEVEL: 'info'
  })
})

t.test('a configuration has no other variables than its own', async (t) => {
  t.notOk('HOME' in readConfig({ ...env, HOME: '/root' }))
})

t.test('the error names the variable that is wrong', async (t) => {
  const wrong = {
    PORT: '70000',
    LOG_LEVEL: 'loud',
    HOLDFAST_CURRENCY: 'usd',
    COOKIE_SECRET: 'short',
    ADMIN_API_KEY: 'short',
    RATE_LIMIT_API: '-1',
    RATE_LIMIT_CHECKOUT: 'ten',
    TRUSTED_PROXIES: '10.0.0.0/8,nginx',
    HOLDFAST_TRUSTED_PROXIES: '10.0.0.0/33',
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

t.test('the error names the variable that is missing', async (t) => {
  for (const name of ['PRIMARY_URL', 'REDIS_URL']) {
    const message = `environment variable ${name} is required`
    t.throws(() => readConfig({ ...env, [name]: undefined }), { message })
    t.throws(
      () => readConfig({ ...env, [name]: '' }),
      { message },
      'an empty variable is one that is not set'
    )
  }
})

t.test('production requires COOKIE_SECRET', async (t) => {
  const production = { ...env, NODE_ENV: 'production' }
  t.throws(() => readConfig(production), { message: 'COOKIE_SECRET is required' })
  t.ok(readConfig({ ...production, COOKIE_SECRET: 'x'.repeat(32) }))
})

t.test('production refuses a failpoint', async (t) => {
  const armed = { ...env, COOKIE_SECRET: 'x'.repeat(32), HOLDFAST_FAILPOINT: 'gate-asked:2' }
  t.equal(readConfig(armed).HOLDFAST_FAILPOINT, 'gate-asked:2')
  t.throws(() => readConfig({ ...armed, NODE_ENV: 'production' }), {
    message: 'HOLDFAST_FAILPOINT'
  })
})

t.test('the error never shows the value of a variable', async (t) => {
  for (const name of ['ADMIN_API_KEY', 'HOLDFAST_TRUSTED_PROXIES'])
    t.throws(() => readConfig({ ...env, [name]: 'hunter2' }), { message: /^((?!hunter2).)*$/ })
})

t.test('one error names every variable that is missing or wrong', async (t) => {
  t.throws(() => readConfig({ PORT: '70000', LOG_LEVEL: 'loud', PAYMENT_TIMEOUT_MS: '1.5' }), {
    message:
      'environment variables: PRIMARY_URL is required; REDIS_URL is required; PORT must be <= 65535; ' +
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent; ' +
      'PAYMENT_TIMEOUT_MS must be integer'
  })
  const wrong = { PAYMENT_LEASE_MS: '100', HOLDFAST_FAILPOINT: 'gate-asked' }
  const production = { NODE_ENV: 'production', COOKIE_SECRET: 'x'.repeat(32) }
  t.throws(() => readConfig({ ...env, ...production, ...wrong }), {
    message: /PAYMENT_LEASE_MS .*; HOLDFAST_FAILPOINT /
  })
})

t.test('an old name still works, and the new name wins', async (t) => {
  const aliases = { OLD_PORT: 'PORT' }
  t.equal(readConfig({ ...env, OLD_PORT: '8081' }, aliases).PORT, 8081)
  t.equal(readConfig({ ...env, OLD_PORT: '8081', PORT: '8082' }, aliases).PORT, 8082)
  t.equal(readConfig({ ...env, OLD_PORT: '' }, aliases).PORT, 3001)
  t.same(oldNames({ OLD_PORT: '8081' }, aliases), [{ old_name: 'OLD_PORT', name: 'PORT' }])
  t.same(oldNames(env, aliases), [])
})

t.test('every variable has a sentence, and every new name is a variable', async (t) => {
  const variables = Object.assign({}, ...Object.values(groups)) as Record<string, object>
  for (const [name, variable] of Object.entries(variables))
    t.match(variable, { description: /^[^.].+\.$/ }, name)
  for (const name of Object.values(renamed)) t.ok(name in variables, name)
})

t.test('a configuration refuses an unknown NODE_ENV, and secrets of blanks', async (t) => {
  for (const NODE_ENV of ['prod', 'Production', 'staging'])
    t.throws(
      () => readConfig({ ...env, NODE_ENV }),
      /NODE_ENV must be one of development, test, prod/
    )
  for (const COOKIE_SECRET of [' '.repeat(40), `${'x'.repeat(40)} `])
    t.throws(() => readConfig({ ...env, COOKIE_SECRET }), /COOKIE_SECRET/)
  for (const ADMIN_API_KEY of [
    'correct horse battery staple correct',
    ' '.repeat(40),
    'ü'.repeat(40)
  ])
    t.throws(() => readConfig({ ...env, ADMIN_API_KEY }), /ADMIN_API_KEY/)
  const COOKIE_SECRET = 'correct horse battery staple, correct'
  t.match(readConfig({ ...env, NODE_ENV: 'test', COOKIE_SECRET }), { COOKIE_SECRET })
})
