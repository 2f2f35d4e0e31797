import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { writeOnceATurn } from '../../plugins/storage/one-write-a-turn.ts'
import type { Bodies } from '../bench/limits/bodies.ts'

// node scripts/daemons/limit.ts FILE, with PORT and REDIS_URL: the server that `npm run bench` measures beside a node. Bare
// Fastify with the bytes of the node's own answers, from memory and by one GET of Redis, and POSTs with the node's schemas.
const { details, listing, cart, refusal, line, purchase } = JSON.parse(
  readFileSync(process.argv[2]!, 'utf8')
) as Bodies
const json = 'application/json; charset=utf-8'

// As the node sends its commands: a limit that wastes time would flatter the node.
const redis = writeOnceATurn(new Redis(process.env.REDIS_URL!, { keyPrefix: 'limit:' }))
await redis.mset({ details, listing })

// The node's schemas have keywords of its own.
const app = Fastify({ ajv: { customOptions: { strict: false } } })
app.get('/health/ready', async () => 'ready')
app.get('/memory/details', (_, reply) => void reply.type(json).send(details))
app.get('/memory/listing', (_, reply) => void reply.type(json).send(listing))
app.get('/redis/details', async (_, reply) => reply.type(json).send(await redis.get('details')))
app.get('/redis/listing', async (_, reply) => reply.type(json).send(await redis.get('listing')))
app.post('/cart', { schema: { body: line } }, (_, reply) => void reply.type(json).send(cart))
app.post('/checkout', { schema: { body: purchase } }, (_, reply) => {
  void reply.code(409).type('application/problem+json').send(refusal)
})
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
process.once('SIGTERM', () => void app.close().then(() => redis.quit()))
