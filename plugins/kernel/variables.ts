import { Type } from 'typebox'

/*
 * Every environment variable that a node reads: its form, its default, and one sentence that says what it does and in which
 * unit. `npm run docs` writes docs/configuration.md from it.
 */

/** Comma separated in the environment, an array in the configuration. */
const list = (options: { description: string; maxLength?: number; default?: string }) =>
  Type.Unsafe<string[]>({ type: 'string', separator: ',', default: '', ...options })

/** How the URL of a PostgreSQL server begins. */
export const postgresUrl = /^postgres(ql)?:\/\//

const node = {
  NODE_ENV: Type.Enum(['development', 'test', 'production'], {
    type: 'string',
    default: 'development',
    description:
      'With `production` a node requires COOKIE_SECRET, marks its cookies as Secure and refuses HOLDFAST_FAILPOINT.'
  }),
  HOST: Type.String({ default: '127.0.0.1', description: 'The address that a node listens on.' }),
  PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: 3001,
    description: 'The port that a node listens on; 0 takes any free port.'
  }),
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    type: 'string',
    default: 'info',
    description: 'The lowest level that a node logs; its log is JSON lines on standard output.'
  }),
  TRUSTED_PROXIES: list({
    maxLength: 1000,
    default: '127.0.0.1,::1',
    description:
      'Addresses and networks (10.0.0.0/8) of the proxies whose X-Forwarded-For a node believes.'
  }),
  HOLDFAST_TRUSTED_PROXIES: list({
    maxLength: 1000,
    description:
      'Addresses and networks (10.0.0.0/8) of load balancers and CDNs in front of the shop, whose X-Forwarded-For counts; the proxy reads it too.'
  }),
  DRAIN_SECONDS: Type.Integer({
    minimum: 0,
    maximum: 60,
    default: 0,
    description:
      'How many seconds a node goes on serving after a signal, while its readiness already says 503.'
  }),
  HOLDFAST_DATA: Type.String({
    minLength: 1,
    default: '.holdfast',
    description: 'The folder of data, logs and `stack.json`.'
  }),
  HOLDFAST_BACKUPS: Type.String({
    default: '',
    description: 'The folder of the backups; without it, `backups` in HOLDFAST_DATA.'
  }),
  HOLDFAST_CURRENCY: Type.String({
    pattern: '^[A-Z]{3}$',
    default: 'USD',
    description: 'The one currency of the shop, as an ISO 4217 code.'
  })
}

const servers = {
  PRIMARY_URL: Type.String({
    pattern: postgresUrl.source,
    description: 'The PostgreSQL primary, with the role that the nodes use.'
  }),
  REPLICA_URLS: list({
    description:
      'The PostgreSQL replicas, in the order of their names (replica1, …); without any, the primary serves every read.'
  }),
  PREPARED_STATEMENTS: Type.Enum(['on', 'off'], {
    type: 'string',
    default: 'on',
    description:
      'Whether connections to PostgreSQL keep the plans of frequent statements; `off` behind a pooler that gives each transaction another connection of the server.'
  }),
  REDIS_URL: Type.String({ minLength: 1, description: 'The Redis server.' }),
  CACHE_REDIS_URL: Type.String({
    default: '',
    description:
      'A Redis server for cached catalog bodies alone, so that they never displace carts; without it they are on that of REDIS_URL.'
  }),
  REDIS_PREFIX: Type.String({
    maxLength: 100,
    default: '',
    description: 'Stands before every key in Redis, so that several shops can share a server.'
  })
}

const secrets = {
  COOKIE_SECRET: Type.String({
    minLength: 32,
    pattern: '^\\S(.*\\S)?$',
    description:
      'Signs cookies and consistency tokens, at least 32 characters without a blank at either end, the same on every node; outside production it has a public default.'
  }),
  ADMIN_API_KEY: Type.String({
    default: '',
    pattern: '^(|[\\x21-\\x7e]{32,200})$',
    description:
      'An API key with every scope, 32 to 200 visible ASCII characters, which a node stores hashed at its start.'
  })
}

const browsers = {
  CORS_ORIGINS: list({
    maxLength: 10_000,
    description:
      'The origins (`https://shop.example`) whose pages may call the API, with cookies; `*` alone allows every origin, without cookies.'
  }),
  COOKIE_NAME: Type.String({
    maxLength: 64,
    default: '',
    description:
      "The name of the session's cookie; without it `__Host-sid` in production without COOKIE_DOMAIN, else `sid`."
  }),
  COOKIE_DOMAIN: Type.String({
    maxLength: 253,
    default: '',
    description:
      "The domain whose hosts all get the session's cookie; without it only the host that set it does."
  }),
  COOKIE_SAME_SITE: Type.Enum(['lax', 'strict', 'none'], {
    type: 'string',
    default: 'lax',
    description:
      'From which sites browsers send the cookie; `none`, for a front end on another site, needs NODE_ENV=production.'
  }),
  HOLDFAST_PUBLIC_URL: Type.String({
    maxLength: 300,
    default: '',
    description:
      'The URL that clients use (`https://shop.example`); a form of this host may change a session that came by cookie.'
  })
}

const limits = {
  RATE_LIMIT_API: Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    default: 100,
    description:
      'Requests a minute and client address (IPv6: a network of 64 bits); 0 turns every request limit off.'
  }),
  RATE_LIMIT_CHECKOUT: Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    default: 10,
    description: 'Checkouts a minute and client address; 0 turns the limit off.'
  }),
  RATE_LIMIT_ADMIN: Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    default: 600,
    description:
      'Admin requests a minute and API key; 0 turns the limit off. Requests with a wrong key count as those of buyers do.'
  }),
  MAX_READS_IN_FLIGHT: Type.Integer({
    minimum: 0,
    maximum: 100_000,
    default: 200,
    description:
      'Reads that a node works on at a time before it refuses further ones with 503; 0 turns the cap off.'
  }),
  MAX_WRITES_IN_FLIGHT: Type.Integer({
    minimum: 0,
    maximum: 100_000,
    default: 400,
    description:
      'Writes that a node works on at a time before it refuses further ones with 503; 0 turns the cap off.'
  }),
  MAX_EVENT_LOOP_DELAY_MS: Type.Integer({
    minimum: 0,
    maximum: 60_000,
    default: 1000,
    description:
      'Milliseconds that work may wait for the event loop before a node refuses requests with 503; 0 turns the cap off.'
  }),
  PENDING_ORDERS_PER_SESSION: Type.Integer({
    minimum: 0,
    maximum: 10_000,
    default: 10,
    description: 'Pending orders that a session may have at a time; 0 turns the cap off.'
  }),
  PENDING_ORDERS_PER_IP: Type.Integer({
    minimum: 0,
    maximum: 1000,
    default: 100,
    description:
      'Orders of unknown outcome that a client address may have at a time; 0 turns the cap off.'
  }),
  UNPAID_ORDERS: Type.Integer({
    minimum: 0,
    maximum: 100,
    default: 5,
    description:
      'After so many orders that were cancelled within 10 minutes, a session or client address may place one order a minute until it pays one; 0 turns the limit off, and so does 0 in RATE_LIMIT_CHECKOUT or RATE_LIMIT_API.'
  })
}

const payments = {
  RESERVATION_TTL_SECONDS: Type.Integer({
    minimum: 1,
    maximum: 86_400,
    default: 600,
    description: 'How many seconds stock is reserved for an order that is not paid yet.'
  }),
  PAYMENT_TIMEOUT_MS: Type.Integer({
    minimum: 10,
    maximum: 15_000,
    default: 5000,
    description:
      'How many milliseconds a checkout waits for the payment provider before it answers 202. The proxy waits for two seconds more, 7 at least, until it asks another node.'
  }),
  PAYMENT_LEASE_MS: Type.Integer({
    minimum: 10,
    maximum: 600_000,
    default: 15_000,
    description:
      'How many milliseconds a payment belongs to the request that began it, before other nodes resolve it; at least PAYMENT_TIMEOUT_MS.'
  }),
  PAYMENT_GIVE_UP_SECONDS: Type.Integer({
    minimum: 1,
    maximum: 86_400,
    default: 1800,
    description:
      'After how many seconds without an answer of the payment provider the stock goes back on sale.'
  }),
  PAYMENT_PROVIDER: Type.String({
    minLength: 1,
    maxLength: 64,
    default: 'simulated',
    description:
      'The name of the payment provider; `plugins/shop/payments/index.ts` lists the known ones.'
  }),
  PROVIDER_URL: Type.String({
    maxLength: 2000,
    pattern: '^$|^https?://',
    default: '',
    description:
      'Where `node scripts/daemons/provider.ts` listens, for nodes on several machines; without it the simulated payment provider is in the nodes of this machine, in HOLDFAST_DATA.'
  }),
  PROVIDER_SECRET: Type.String({
    maxLength: 200,
    pattern: '^$|^[\\x21-\\x7e]{32,}$',
    default: '',
    description: 'The secret that the provider of PROVIDER_URL asks for; at least 32 characters.'
  }),
  PROVIDER_LATENCY_MS: Type.Integer({
    minimum: 0,
    maximum: 60_000,
    default: 0,
    description: 'Milliseconds that the simulated payment provider takes for an answer.'
  }),
  PROVIDER_LOST_RESPONSES: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0,
    description: 'The share of answers, 0 to 1, that the simulated payment provider loses.'
  }),
  PROVIDER_DUPLICATES: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0,
    description:
      'The share of messages, 0 to 1, that reach the simulated payment provider a second time.'
  })
}

const background = {
  RESOLVER_INTERVAL_MS: Type.Integer({
    minimum: 10,
    maximum: 60_000,
    default: 1000,
    description: 'Milliseconds between two rounds of the payment resolver.'
  }),
  OUTBOX_INTERVAL_MS: Type.Integer({
    minimum: 10,
    maximum: 60_000,
    default: 200,
    description: 'Milliseconds between two looks for events to publish.'
  }),
  EVENT_SINKS: list({
    maxLength: 1000,
    default: 'redis_streams',
    description:
      'Comma separated names of the event sinks that a node delivers to; `plugins/background/outbox/sinks/index.ts` lists the known ones. `none`: the node relays nothing; empty: the default.'
  }),
  INVARIANTS_INTERVAL_SECONDS: Type.Integer({
    minimum: 0,
    maximum: 86_400,
    default: 3600,
    description:
      'Seconds between two checks of the invariants, which read whole tables; with 0 they are checked only on request.'
  }),
  INVARIANTS_DELAY_SECONDS: Type.Integer({
    minimum: 1,
    maximum: 3600,
    default: 60,
    description: 'About how many seconds after its start a node first checks the invariants.'
  }),
  RECONCILE_INTERVAL_SECONDS: Type.Integer({
    minimum: 0,
    maximum: 86_400,
    default: 3600,
    description:
      "Seconds between two comparisons of the payment provider's ledger with the orders; with 0 only `npm run reconcile` compares them."
  }),
  RECONCILE_UNATTENDED_AMOUNT: Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    default: 100_000,
    description:
      'How much money of charges without an order, in minor units, goes back in a day without `npm run reconcile -- --give-back`, or 1 % of the money of that day where that is more; 0: none.'
  })
}

const observability = {
  SLOW_QUERY_MS: Type.Integer({
    minimum: 0,
    maximum: 60_000,
    default: 500,
    description: 'Queries that take at least so many milliseconds are logged; 0 logs none.'
  }),
  OPS_NODES: list({
    maxLength: 10_000,
    description: 'The URLs of the nodes that `GET /ops` shows; without any, the node itself.'
  }),
  NGINX_STATUS_URL: Type.String({
    maxLength: 1000,
    default: '',
    description: "The URL of NGINX's stub_status; without it NGINX's own metrics are left out."
  }),
  NGINX_ACCESS_LOG: list({
    maxLength: 1000,
    description:
      "The files of NGINX's JSON access logs, by commas; without any the metrics of its requests are left out."
  }),
  HOLDFAST_FAILPOINT: Type.String({
    pattern: '^(|[a-z-]+(:[1-9][0-9]{0,3})?)$',
    default: '',
    description:
      'For tests: the failpoint (`plugins/shop/checkout/failpoints.ts`) where the process kills itself, or `point:hits`.'
  })
}

/** In the order of docs/configuration.md. */
export const groups = {
  'A node': node,
  'PostgreSQL and Redis': servers,
  Secrets: secrets,
  Browsers: browsers,
  'Limits and caps': limits,
  'Orders and payments': payments,
  'Background tasks': background,
  'Observability and tests': observability
}

export type Config = Type.Static<typeof Config>
export const Config = Type.Object({
  ...node,
  ...servers,
  ...secrets,
  ...browsers,
  ...limits,
  ...payments,
  ...background,
  ...observability
})

/** Old names that still work: `{ OLD_NAME: 'NEW_NAME' }`. A node that is given one says so once at its start. */
export const renamed: Record<string, string> = {}
