import fp from 'fastify-plugin'
import type { Database, Reader } from '../../sql/types.ts'
import { sql, type Kysely } from 'kysely'
import { sha256 } from '../lib/canonical.ts'
import { statement } from '../storage/statement.ts'
import { detailed, Forbidden, Unauthorized } from '../kernel/errors/problems.ts'

export const scopes = ['catalog', 'inventory', 'orders', 'ops', 'keys'] as const

export type Scope = (typeof scopes)[number]

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * A hook for admin routes: `fastify.addHook('preParsing', fastify.requireScope('catalog'))`.
     * @throws Unauthorized, Forbidden, RateLimited
     */
    requireScope: (scope: Scope) => (request: FastifyRequest, reply: FastifyReply) => Promise<void>
  }
  interface FastifyRequest {
    /** The API key's id; empty on routes that need none. */
    api_key: string
  }
}

/** API keys of the shop's staff and scripts: `Authorization: Bearer <key>`. Only a hash of each key is kept. */
export default fp(
  async (fastify) => {
    const { config, db } = fastify
    if (config.ADMIN_API_KEY) await keepBootstrapKey(db, config.ADMIN_API_KEY)

    fastify.decorateRequest('api_key', '')
    fastify.decorate('requireScope', (scope) => async (request, reply) => {
      const secret = /^Bearer (\S{1,200})$/i.exec(request.headers.authorization ?? '')?.[1]
      const key = secret && (await findKey(db, secret))
      if (!key) await fastify.limitClient(request, reply)
      if (!key) throw detailed(new Unauthorized(), { headers: { 'www-authenticate': 'Bearer' } })
      request.api_key = key.id
      await fastify.limitKey(request, reply)
      if (!key.scopes.includes(scope)) throw new Forbidden(scope)
    })
  },
  { name: 'api-keys', dependencies: ['config', 'errors', 'postgres', 'rate-limit'] }
)

/** Secrets are random and long, so a fast hash is enough, and the time of its look-up reveals nothing useful. */
export const hashSecret = (secret: string) => sha256(secret)

async function findKey(db: Reader, secret: string) {
  const [key] = await keyWith(db, { secret_hash: hashSecret(secret) })
  return key
}

const keyWith = statement((db: Reader, { secret_hash }: { secret_hash: Buffer }) =>
  db
    .selectFrom('api_keys')
    .select(['id', 'scopes'])
    .where('secret_hash', '=', secret_hash)
    .where('revoked_at', 'is', null)
)

/** sql/functions/keep_bootstrap_key.sql: the key in ADMIN_API_KEY has every scope. */
const keepBootstrapKey = (db: Kysely<Database>, secret: string) =>
  sql`select keep_bootstrap_key(p_secret_hash => ${hashSecret(secret)}::bytea,
                                p_scopes => ${[...scopes]}::text[])`.execute(db)
