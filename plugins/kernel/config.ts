import path from 'node:path'
import type { ErrorObject } from 'ajv'
import { envSchema } from 'env-schema'
import fp from 'fastify-plugin'
import { isNetwork } from '../lib/client-network.ts'
import { operatorError } from '../lib/operator-error.ts'
import { browserContradictions, browserOrigins } from './browser-variables.ts'
import { Config, postgresUrl, renamed } from './variables.ts'

export type { Config } from './variables.ts'

export type ConfigOptions = {
  /** Instead of process.env, for tests. */
  env?: NodeJS.ProcessEnv
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The environment, checked once at boot; nothing else in a node reads process.env. */
    config: Config
  }
}

export default fp<ConfigOptions>(
  async (fastify, { env = process.env }) => {
    fastify.decorate('config', readConfig(env))
    for (const { old_name, name } of oldNames(env, renamed))
      fastify.log.warn({ old_name, name }, 'an environment variable has a new name')
    if (env.PGSSLMODE && !/[?&]ssl/.test(fastify.config.PRIMARY_URL))
      fastify.log.warn('PGSSLMODE has no effect: put sslmode=… into PRIMARY_URL and REPLICA_URLS')
  },
  { name: 'config' }
)

/**
 * The configuration of a node, as its environment says. An empty variable counts as one that is not set.
 * @throws an Error that names every variable that is missing or wrong, and never its value
 */
export function readConfig(env: NodeJS.ProcessEnv, aliases = renamed): Config {
  const given = withNewNames(definedOnly(env), aliases)
  const values = withoutEmptyEntries(validated({ ...developmentSecret(given), ...given }))
  refuse([...contradictions(values), ...browserContradictions(values)])

  const data = path.resolve(values.HOLDFAST_DATA)
  return {
    ...values,
    ...browserOrigins(values),
    HOLDFAST_DATA: data,
    HOLDFAST_BACKUPS: path.resolve(values.HOLDFAST_BACKUPS || path.join(data, 'backups'))
  }
}

function validated(values: Record<string, unknown>): Config {
  try {
    // Only these values: neither process.env nor a file .env.
    return envSchema<Config>({ schema: Config, data: values, env: false, dotenv: false })
  } catch (err) {
    const { errors } = err as { errors?: ErrorObject[] }
    refuse((errors ?? []).map(problemOf))
    throw err
  }
}

/** What the schema cannot say: which values do not go together. */
function contradictions({
  HOLDFAST_FAILPOINT,
  HOLDFAST_TRUSTED_PROXIES,
  NODE_ENV,
  PAYMENT_LEASE_MS,
  PAYMENT_TIMEOUT_MS,
  REPLICA_URLS,
  TRUSTED_PROXIES
}: Config): string[] {
  const problems: string[] = []
  if (PAYMENT_LEASE_MS < PAYMENT_TIMEOUT_MS)
    problems.push('PAYMENT_LEASE_MS must not be below PAYMENT_TIMEOUT_MS')
  if (HOLDFAST_FAILPOINT && NODE_ENV === 'production')
    problems.push('HOLDFAST_FAILPOINT is not for production')
  if (!REPLICA_URLS.every((url) => url.trim() === '' || postgresUrl.test(url.trim())))
    problems.push('REPLICA_URLS must be URLs such as postgres://user@host/database')
  for (const [name, entries] of Object.entries({ TRUSTED_PROXIES, HOLDFAST_TRUSTED_PROXIES }))
    if (!entries.every((entry) => entry.trim() === '' || isNetwork(entry)))
      problems.push(`${name} must be addresses and networks such as 10.0.0.0/8`)
  return problems
}

function refuse(problems: string[]): void {
  if (problems.length === 0) return
  const variables = problems.length === 1 ? 'environment variable' : 'environment variables:'
  throw operatorError(`${variables} ${[...new Set(problems)].join('; ')}`)
}

function problemOf({ instancePath, keyword, message, params }: ErrorObject): string {
  if (keyword === 'required') return `${params.missingProperty} is required`
  const name = instancePath.slice(1)
  if (keyword === 'enum') return `${name} must be one of ${params.allowedValues.join(', ')}`
  if (name === 'PRIMARY_URL')
    return 'PRIMARY_URL must be a URL such as postgres://user@host/database'
  return `${name} ${message}`
}

const definedOnly = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]))
  )

/** Only a node in production has to be told a secret. */
const developmentSecret = ({ NODE_ENV }: Record<string, string>) =>
  NODE_ENV === 'production' ? {} : { COOKIE_SECRET: 'only-for-development-'.repeat(2) }

/** A variable that is given by both of its names has the value of the new one. */
const withNewNames = (given: Record<string, string>, aliases: Record<string, string>) => ({
  ...Object.fromEntries(
    oldNames(given, aliases).map(({ old_name, name }) => [name, given[old_name]!])
  ),
  ...given
})

/** The old names that an environment still uses. */
export const oldNames = (env: NodeJS.ProcessEnv, aliases: Record<string, string>) =>
  Object.entries(aliases)
    .filter(([old_name]) => env[old_name])
    .map(([old_name, name]) => ({ old_name, name }))

/** "a,,b," is a list of two. */
const withoutEmptyEntries = (values: Config) =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map((entry) => entry.trim()).filter(Boolean) : value
    ])
  ) as Config
