import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import holdfast, { options } from '../../app.ts'
import { environment, type Environment, type EnvironmentOptions } from './environment.ts'

export { until } from '../../scripts/stack/supervisor/until.ts'
export { spawnNode } from './node.ts'
export { adminKey, environment, type Environment } from './environment.ts'

type BuildOptions = EnvironmentOptions & {
  /** A node or environment to share: the same databases, Redis prefix and payment provider. */
  like?: FastifyInstance | Environment
}

const environments = new WeakMap<FastifyInstance, Environment>()

/** Starts a node in this process, in an environment of its own unless `like` names one. Closed when the test ends. */
export async function build(
  t: Test,
  env: Record<string, string> = {},
  { like, ...wanted }: BuildOptions = {}
): Promise<FastifyInstance> {
  const home = like === undefined ? await environment(t, wanted) : environmentOf(like)
  const app: FastifyInstance = Fastify({ ...options, logger: false })
  t.teardown(() => app.close())
  await app.register(holdfast, { env: { ...home.env, ...env } })
  await app.ready()
  environments.set(app, home)
  return app
}

/** The environment (databases, Redis, folder) of a node that `build` started. */
export function environmentOf(node: FastifyInstance | Environment): Environment {
  if ('primaryUrl' in node) return node
  const home = environments.get(node)
  if (!home) throw new Error('this node was not started by build()')
  return home
}
