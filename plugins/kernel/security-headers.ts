import helmet from '@fastify/helmet'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import { syncHook } from './http/sync-hook.ts'

/**
 * The headers that helmet gives every answer, as one object. @fastify/helmet makes its middleware anew for each request, which
 * costs more than all other hooks together; what it says is always the same, so it is asked once.
 *
 * Scalar's page has a content security policy of its own (routes/docs).
 */
export default fp(
  async (fastify) => {
    const headers = await (known ??= askHelmet())
    fastify.addHook(
      'onRequest',
      syncHook((_request, reply) => void reply.headers(headers))
    )
  },
  { name: 'security-headers' }
)

let known: Promise<Record<string, string>> | undefined

async function askHelmet(): Promise<Record<string, string>> {
  const [without, said] = [await headersOf(false), await headersOf(true)]
  return Object.fromEntries(
    Object.entries(said)
      .filter(([name]) => !(name in without))
      .map(([name, value]) => [name, String(value)])
  )
}

/** What a server says that does nothing. */
async function headersOf(with_helmet: boolean) {
  const server = Fastify()
  if (with_helmet) await server.register(helmet, { contentSecurityPolicy: false })
  server.get('/', async () => '')
  try {
    return (await server.inject('/')).headers
  } finally {
    await server.close()
  }
}
