import { timingSafeEqual } from 'node:crypto'
import { Readable } from 'node:stream'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify from 'fastify'
import { Type } from 'typebox'
import { sha256 } from '../../../../lib/canonical.ts'
import { type Charge, type PaymentProvider, ProviderUnreachable } from '../../port.ts'

const id = Type.String({ minLength: 1, maxLength: 64 })
const money = {
  amount: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  currency: Type.String({ minLength: 3, maxLength: 3 })
}
const strict = { additionalProperties: false }
const bodies = {
  nothing: Type.Object({}, strict),
  payment: Type.Object({ payment_id: id }, strict),
  charge: Type.Object(
    {
      payment_id: id,
      ...money,
      shop: id,
      epoch: id,
      metadata: Type.Record(Type.String({ maxLength: 40 }), Type.String({ maxLength: 500 }), {
        maxProperties: 20
      }),
      token: Type.String({ maxLength: 200 })
    },
    strict
  ),
  refund: Type.Object({ refund_id: id, payment_id: id, ...money }, strict),
  list: Type.Object({ since: Type.String({ format: 'date-time' }) }, strict)
}

/**
 * A payment provider over HTTP, for the nodes of several machines. A provider that is unreachable, or that loses an answer, is a
 * 503; what it refuses is a 409. `secret`: what clients have to show; without it every client may ask.
 */
export function providerServer(provider: PaymentProvider, { secret = '' } = {}) {
  const server = Fastify({
    bodyLimit: 64 * 1024,
    connectionTimeout: 30_000,
    requestTimeout: 15_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2000 }
  }).withTypeProvider<TypeBoxTypeProvider>()
  server.server.maxConnections = 2000

  server.addHook('onRequest', async (request, reply) => {
    if (!secret || same(request.headers.authorization ?? '', `Bearer ${secret}`)) return
    return reply.code(401).send({ message: 'PROVIDER_SECRET is another one' })
  })
  server.setErrorHandler((err: Error & { statusCode?: number }, _request, reply) => {
    const status = err instanceof ProviderUnreachable ? 503 : (err.statusCode ?? 409)
    return reply.code(status).send({ message: err.message })
  })

  const { nothing, payment, charge, refund, list } = bodies
  server.post('/identity', { schema: { body: nothing } }, async () => ({
    identity: await provider.identity()
  }))
  server.post('/charge', { schema: { body: charge } }, ({ body }) => provider.charge(body))
  server.post('/close', { schema: { body: payment } }, ({ body }) =>
    provider.close(body.payment_id)
  )
  server.post('/refund', { schema: { body: refund } }, ({ body }) => provider.refund(body))
  server.post('/find', { schema: { body: payment } }, async ({ body }) => ({
    decision: (await provider.find(body.payment_id)) ?? null
  }))
  // One line a charge, and a last line that says that the list is whole.
  server.post('/list', { schema: { body: list } }, ({ body }, reply) =>
    reply
      .type('application/x-ndjson')
      .send(Readable.from(listLines(provider.list(new Date(body.since)))))
  )

  // A provider that has no more clients ends with its server.
  server.addHook('onClose', async () => provider.end())
  return server
}

async function* listLines(charges: AsyncIterable<Charge>): AsyncGenerator<string> {
  let lines: string[] = []
  for await (const charge of charges) {
    lines.push(`${JSON.stringify(charge)}\n`)
    if (lines.length < 500) continue
    yield lines.join('')
    lines = []
  }
  yield `${lines.join('')}{"end":true}\n`
}

const same = (given: string, expected: string) => timingSafeEqual(sha256(given), sha256(expected))
