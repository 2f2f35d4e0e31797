import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { knownSinks } from '../../../../plugins/background/outbox/sinks/index.ts'
import { checkEventSink, type SinkUnderTest } from '../../../contracts/event-sink.ts'
import { build, environmentOf, until } from '../../../support/build.ts'
import { faultProxy } from '../../../support/fault-proxy.ts'
import { delivered } from './support.ts'

const app = await build(t)
const { env } = environmentOf(app)

/** For each sink of the list what its contract tests need: a new sink adds its own here. */
const stages: Record<string, (t: Test) => Promise<SinkUnderTest>> = {
  async redis_streams(t) {
    const way = await faultProxy(t, env.REDIS_URL!)
    // Streams of its own.
    const REDIS_PREFIX = `${env.REDIS_PREFIX}${randomUUID()}:`
    const node = await build(t, { REDIS_URL: way.url, REDIS_PREFIX }, { like: app })
    return {
      sink: knownSinks.redis_streams!(node),
      received: (aggregatetype) => delivered(node, aggregatetype),
      refuse: async ({ aggregatetype }) =>
        void (await node.redis.set(`events:${aggregatetype}`, '')),
      async cutOff() {
        way.close()
        await until('the connection to end', () => node.redis.status !== 'ready')
        return way.open
      }
    }
  }
}

t.test('every sink of the list has its stage here', async (t) => {
  t.same(Object.keys(stages).toSorted(), Object.keys(knownSinks).toSorted())
})

for (const [name, stage] of Object.entries(stages))
  t.test(`the event sink ${name}`, async (t) => {
    const { sink } = await stage(t)
    t.equal(sink.name, name)
    checkEventSink(t, stage)
  })
