import path from 'node:path'
import { Ajv } from 'ajv'
import fp from 'fastify-plugin'
import { Type } from 'typebox'

/** Every variable a node reads. README.md says what they mean to an operator. */
const Config = Type.Object({
  NODE_ENV: Type.String({ default: 'development' }),
  HOST: Type.String({ default: '127.0.0.1' }),
  PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 3001 }),
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    type: 'string',
    default: 'info'
  }),
  /** Comma separated, networks as 10.0.0.0/8 too: whose X-Forwarded-For counts. */
  TRUSTED_PROXIES: Type.String({ maxLength: 1000, default: '127.0.0.1,::1' }),
  /** How long a node that is told to stop goes on serving while it says that it is not ready. */
  DRAIN_SECONDS: Type.Integer({ minimum: 0, maximum: 60, default: 0 }),
  HOLDFAST_DATA: Type.String({ minLength: 1, default: '.holdfast' }),
  /** Where the newest backup is noted; empty: the folder backups in HOLDFAST_DATA. */
  HOLDFAST_BACKUPS: Type.String({ default: '' }),
  HOLDFAST_CURRENCY: Type.String({ pattern: '^[A-Z]{3}$', default: 'USD' }),

  PRIMARY_URL: Type.String({ minLength: 1 }),
  /** Comma separated; none: the primary serves every read. */
  REPLICA_URLS: Type.String({ default: '' }),
  REDIS_URL: Type.String({ minLength: 1 }),
  REDIS_PREFIX: Type.String({ maxLength: 100, default: '' }),

  /** Signs cookies. The same on every node. */
  COOKIE_SECRET: Type.String({ minLength: 32 }),
  /** Bootstrap key with every scope; empty: none. Kept hashed. */
  ADMIN_API_KEY: Type.String({ default: '', pattern: '^(|.{32,200})$' }),

  /** Requests a minute and IP; 0 turns a limit off. */
  RATE_LIMIT_API: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 100 }),
  RATE_LIMIT_CHECKOUT: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 10 }),

  /** Requests that a node works on at a time: what comes on top is told to come again; 0 turns a cap off. */
  MAX_READS_IN_FLIGHT: Type.Integer({ minimum: 0, maximum: 100_000, default: 200 }),
  MAX_WRITES_IN_FLIGHT: Type.Integer({ minimum: 0, maximum: 100_000, default: 400 }),
  /** The same when everything in the node has to wait this long for its turn; 0: never. */
  MAX_EVENT_LOOP_DELAY_MS: Type.Integer({ minimum: 0, maximum: 60_000, default: 1000 }),

  /** Orders that hold stock and are not paid, at a time; 0 turns a cap off. */
  PENDING_ORDERS_PER_SESSION: Type.Integer({ minimum: 0, maximum: 10_000, default: 10 }),
  PENDING_ORDERS_PER_IP: Type.Integer({ minimum: 0, maximum: 1000, default: 100 }),

  /** How long stock is held for an order that is not paid yet. */
  RESERVATION_TTL_SECONDS: Type.Integer({ minimum: 1, maximum: 86_400, default: 600 }),
  /** How long a checkout waits for the provider before it answers 202. */
  PAYMENT_TIMEOUT_MS: Type.Integer({ minimum: 10, maximum: 60_000, default: 5000 }),
  /** How long a request is taken to be alive; longer than the payment's timeout. */
  PAYMENT_LEASE_MS: Type.Integer({ minimum: 10, maximum: 600_000, default: 15_000 }),
  /** When the provider has not answered for this long, the stock goes back on sale. */
  PAYMENT_GIVE_UP_SECONDS: Type.Integer({ minimum: 1, maximum: 86_400, default: 1800 }),
  RESOLVER_INTERVAL_MS: Type.Integer({ minimum: 10, maximum: 60_000, default: 1000 }),
  /** How often a node looks for events to publish. */
  OUTBOX_INTERVAL_MS: Type.Integer({ minimum: 10, maximum: 60_000, default: 200 }),
  /** Comma separated: where events go (plugins/background/outbox/sinks/index.ts); none: this node relays nothing. */
  EVENT_SINKS: Type.String({ maxLength: 1000, default: 'redis_streams' }),
  /** How often a node checks the invariants by itself; 0: only when asked. They read whole tables. */
  INVARIANTS_INTERVAL_SECONDS: Type.Integer({ minimum: 0, maximum: 86_400, default: 3600 }),
  /** When it does so first, about, so that the gauge is not empty for long. */
  INVARIANTS_DELAY_SECONDS: Type.Integer({ minimum: 1, maximum: 3600, default: 60 }),
  /** How often the provider's books are compared with ours; 0: only by `npm run reconcile`. */
  RECONCILE_INTERVAL_SECONDS: Type.Integer({ minimum: 0, maximum: 86_400, default: 3600 }),

  /** Queries that take longer are logged, with their names; 0: none. */
  SLOW_QUERY_MS: Type.Integer({ minimum: 0, maximum: 60_000, default: 500 }),
  /** Comma separated: the nodes that `GET /ops` shows; none: itself. */
  OPS_NODES: Type.String({ maxLength: 10_000, default: '' }),
  /** Where the door's stub_status is, and its JSON access log; empty: its metrics are left out. */
  NGINX_STATUS_URL: Type.String({ maxLength: 1000, default: '' }),
  NGINX_ACCESS_LOG: Type.String({ maxLength: 1000, default: '' }),

  /** The simulated provider's knobs: delay, and shares of lost answers and of duplicate messages. */
  PROVIDER_LATENCY_MS: Type.Integer({ minimum: 0, maximum: 60_000, default: 0 }),
  PROVIDER_LOST_RESPONSES: Type.Number({ minimum: 0, maximum: 1, default: 0 }),
  PROVIDER_DUPLICATES: Type.Number({ minimum: 0, maximum: 1, default: 0 }),

  /** Where the process kills itself, for tests (plugins/shop/checkout/failpoints.ts): a point, or `point:hits`. */
  HOLDFAST_FAILPOINT: Type.String({ pattern: '^(|[a-z-]+(:[1-9][0-9]{0,3})?)$', default: '' })
})

type Lists = 'REPLICA_URLS' | 'TRUSTED_PROXIES' | 'OPS_NODES'

export type Config = Omit<Type.Static<typeof Config>, Lists> & Record<Lists, string[]>

export type ConfigOptions = {
  /** Instead of process.env, for tests. */
  env?: NodeJS.ProcessEnv
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The environment, checked once at boot; nothing else reads process.env. */
    config: Config
  }
}

export default fp<ConfigOptions>(
  async (fastify, { env = process.env }) => {
    fastify.decorate('config', readConfig(env))
  },
  { name: 'config' }
)

/** @throws an Error that names the variable and what is wrong with it */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const ajv = new Ajv({ coerceTypes: true, useDefaults: true, removeAdditional: 'all' })
  // What only development may leave out.
  const secret =
    env.NODE_ENV === 'production' ? {} : { COOKIE_SECRET: 'only-for-development-'.repeat(2) }
  const values: unknown = { ...secret, ...definedOnly(env) }
  const validate = ajv.compile<Type.Static<typeof Config>>({
    ...Config,
    additionalProperties: false
  })
  if (!validate(values)) {
    const [error] = validate.errors ?? []
    const name = error?.instancePath.slice(1) || error?.params.missingProperty
    throw new Error(
      `environment variable ${name} ${error?.instancePath ? error.message : 'is required'}`
    )
  }
  if (values.PAYMENT_LEASE_MS < values.PAYMENT_TIMEOUT_MS) {
    throw new Error('environment variable PAYMENT_LEASE_MS must not be below PAYMENT_TIMEOUT_MS')
  }
  if (values.HOLDFAST_FAILPOINT && values.NODE_ENV === 'production') {
    throw new Error('environment variable HOLDFAST_FAILPOINT is not for production')
  }
  const data = path.resolve(values.HOLDFAST_DATA)
  return {
    ...values,
    HOLDFAST_DATA: data,
    HOLDFAST_BACKUPS: path.resolve(values.HOLDFAST_BACKUPS || path.join(data, 'backups')),
    REPLICA_URLS: values.REPLICA_URLS.split(',').filter(Boolean),
    TRUSTED_PROXIES: values.TRUSTED_PROXIES.split(',').filter(Boolean),
    OPS_NODES: values.OPS_NODES.split(',').filter(Boolean)
  }
}

/** An empty variable is one that is not set. */
const definedOnly = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
