/** An environment variable of the programs in scripts/. Without a default the program goes on without it. */
export type Variable = { description: string; default?: string }

/**
 * The environment variables of `npm start` and the other programs that a node does not read, or reads with another meaning.
 * settings.ts and proxy/settings.ts check them. `npm run docs` writes docs/configuration.md from it.
 */
export const groups: Record<string, Record<string, Variable>> = {
  'npm start': {
    HOLDFAST_NODES: { default: '3', description: 'How many nodes are started, 1 to 32.' },
    HOLDFAST_NODE_PORT: {
      default: '3001',
      description: 'The port of the first node; the others have the ports after it.'
    },
    HOLDFAST_MEMORY_MB: {
      description:
        'The memory in MB by which PostgreSQL and Redis are sized, at the next start; without it, that of the machine or of the container.'
    },
    HOLDFAST_BACKUPS_KEEP: { default: '7', description: 'How many backups are kept, 1 to 1000.' },
    HOLDFAST_BACKUP_HOOK: {
      description:
        'A command that `npm run backup` runs after each backup, with the folder of the backups as its last argument: it encrypts them and takes them to another place (`infra/encrypt-backups.sh`).'
    },
    HOLDFAST_PRODUCTS: {
      default: '200',
      description:
        'The size of the sample catalog that an empty shop gets, 0 to 1,000,000; `npm run provision` makes one only when this is set.'
    }
  },
  'The proxy (NGINX)': {
    HOLDFAST_HOST: { default: '127.0.0.1', description: 'The address that the proxy listens on.' },
    HOLDFAST_PORT: {
      default: '8080',
      description: 'The port that clients use; with HTTPS it redirects to HOLDFAST_TLS_PORT.'
    },
    HOLDFAST_BALANCE: {
      default: 'least_conn',
      description:
        'How requests are spread over the nodes: `least_conn`, `round_robin` or `ip_hash`.'
    },
    HOLDFAST_ADMIN_FROM: {
      description:
        'Addresses and networks, by commas, that may use `/api/v1/admin`; `none`: no client, `all`: every client. Without it every client may, unless the proxy listens on more than this machine without HTTPS: then no client.'
    },
    HOLDFAST_TRUSTED_PROXIES: {
      description:
        'Addresses and networks, by commas, of the proxies in front of this one (a load balancer, a CDN): the client is the one that their X-Forwarded-For names. Their own requests are not limited.'
    },
    HOLDFAST_PUBLIC_URL: {
      description:
        'The URL under which clients reach the shop, to which the port of HTTP redirects. Without it the redirect keeps the host of the request if it is an address of this machine, and is 400 otherwise.'
    },
    RATE_LIMIT_OPS: {
      default: '300',
      description:
        'Requests a minute and client address outside `/api` (health, documentation); 0 turns the limit off, as RATE_LIMIT_API=0 does.'
    },
    HOLDFAST_CONNECTIONS_PER_IP: {
      default: '100',
      description:
        'Connections with a request in progress that a client address may have; 0 turns the limit off.'
    },
    HOLDFAST_STATUS_PORT: {
      description:
        "The port on 127.0.0.1 of NGINX's own numbers, for NGINX_STATUS_URL; without it a free one is chosen at the first start and kept."
    },
    HOLDFAST_TLS: {
      description:
        'Any value turns HTTPS on, with a certificate made for this machine; `npm start -- --tls` sets it.'
    },
    HOLDFAST_TLS_CERTIFICATE: {
      description: 'The file of the HTTPS certificate; needs HOLDFAST_TLS_KEY.'
    },
    HOLDFAST_TLS_KEY: {
      description: "The file of the certificate's key; needs HOLDFAST_TLS_CERTIFICATE."
    },
    HOLDFAST_TLS_PORT: { default: '8443', description: 'The port of HTTPS.' },
    HOLDFAST_PROXY_NODES: {
      description:
        'For `node scripts/daemons/proxy.ts`: the nodes behind the proxy, `host:port` by commas.'
    },
    HOLDFAST_DOOR_NODES: { description: 'The former name of HOLDFAST_PROXY_NODES, still read.' }
  },
  'The payment provider (`node scripts/daemons/provider.ts`)': {
    HOLDFAST_PROVIDER_HOST: {
      default: '127.0.0.1',
      description: 'The address that it listens on; any other than loopback needs PROVIDER_SECRET.'
    },
    HOLDFAST_PROVIDER_PORT: { default: '3100', description: 'The port that it listens on.' }
  },
  'Programs and servers that are there already': {
    PG_BIN: {
      description: "The folder of PostgreSQL's programs; without it they are searched for."
    },
    REDIS_BIN: {
      description: 'The program redis-server or its folder; without it, it is searched for.'
    },
    NGINX_BIN: { description: 'The program nginx or its folder; without it, it is searched for.' },
    PRIMARY_ADMIN_URL: {
      description:
        'The primary that PRIMARY_URL names, with a role that may change the schema; without it PRIMARY_URL.'
    },
    REPLICA_ADMIN_URLS: {
      description:
        'The replicas that REPLICA_URLS names, with a role that may change the schema; without it REPLICA_URLS.'
    }
  },
  Tests: {
    TEST_LONG: { description: 'Any value makes some tests longer; `npm run test:long` sets it.' },
    PAIRS: { description: 'The seed with which a failed test of `test/pairs` is repeated.' },
    SHOP_SEED: { description: 'The seed with which `test/model/shop.test.ts` is repeated.' },
    STORM_SEED: {
      default: '1',
      description: 'The seed of the clients in `test/sql/storm.test.ts`.'
    },
    STORM_MS: {
      default: '4000',
      description: 'How many milliseconds the clients of `test/sql/storm.test.ts` run.'
    }
  }
}
