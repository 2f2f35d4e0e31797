import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import kernel, { options } from '../../app.ts'
import { world, type World, type WorldOptions } from './environment.ts'

export { until } from '../../scripts/stack/supervisor/until.ts'
export { spawnNode } from './node.ts'
export { adminKey, world, type World } from './environment.ts'

type BuildOptions = WorldOptions & {
  /** Another node of this one's world: the same databases, Redis prefix and provider. */
  like?: FastifyInstance | World
}

const worlds = new WeakMap<FastifyInstance, World>()

/** A ready node in this process: in a world of its own unless `like` names one. Closed when the test ends. */
export async function build(
  t: Test,
  env: Record<string, string> = {},
  { like, ...wanted }: BuildOptions = {}
): Promise<FastifyInstance> {
  const home = like === undefined ? await world(t, wanted) : worldOf(like)
  const app: FastifyInstance = Fastify({ ...options, logger: false })
  t.teardown(() => app.close())
  await app.register(kernel, { env: { ...home.env, ...env } })
  await app.ready()
  worlds.set(app, home)
  return app
}

/** The databases and the environment behind a node that `build` made. */
export function worldOf(node: FastifyInstance | World): World {
  if ('primaryUrl' in node) return node
  const home = worlds.get(node)
  if (!home) throw new Error('this node was not made by build()')
  return home
}
