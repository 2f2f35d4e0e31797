import { setImmediate as turnEnds } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Redis } from 'ioredis'
import { build } from '../../support/build.ts'

const app = await build(t, {}, { redis: true })
const { questions } = app
const redis: Redis = app.redis
questions.define('read', `return redis.call('GET', KEYS[1])`)
questions.define('sum', 'return ARGV[1] + ARGV[2]')
questions.define('many', 'return #KEYS')
const read = (key: string, from = redis) =>
  questions.ask<string | null>(from, { name: 'read', keys: [key], args: [] })

/** How many scripts Redis runs while the work is done. Nothing else asks it: the node is not serving. */
async function scriptsDuring(work: () => Promise<unknown>) {
  await redis.config('RESETSTAT')
  await work()
  const stats = await redis.info('commandstats')
  return ['eval', 'evalsha'].reduce(
    (sum, name) => sum + Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0),
    0
  )
}

t.test(
  'what is asked in one turn is answered by one call, each question in its place',
  async (t) => {
    const keys = Array.from({ length: 30 }, () => randomUUID())
    await Promise.all(keys.map((key, at) => redis.set(key, `value ${at}`)))
    const calls = await scriptsDuring(async () => {
      const [values, sum, none] = await Promise.all([
        Promise.all(keys.map((key) => read(key))),
        questions.ask(redis, { name: 'sum', keys: [], args: [40, 2] }),
        read(randomUUID())
      ])
      t.same(
        values,
        keys.map((_key, at) => `value ${at}`)
      )
      t.same([sum, none], [42, null])
    })
    t.equal(calls, 1)
  }
)

t.test('a question that fails fails alone', async (t) => {
  const [list, key] = [randomUUID(), randomUUID()]
  await redis.lpush(list, 'one')
  await redis.set(key, 'right')
  const [failed, unknown, right] = await Promise.allSettled([
    read(list),
    questions.ask(redis, { name: 'nothing', keys: [], args: [] }),
    read(key)
  ])
  t.match(failed, { status: 'rejected', reason: /WRONGTYPE/ })
  t.match(unknown, { status: 'rejected', reason: Error })
  t.same(right, { status: 'fulfilled', value: 'right' })
})

t.test('questions with one name share an answer only while they have not been sent', async (t) => {
  const key = randomUUID()
  await redis.set(key, 'old')
  const ask = () => questions.once(key, () => read(key))
  const [first, second] = [ask(), ask()]
  t.equal(first, second)
  await turnEnds()
  // Its answer is on its way, and may be older than what comes now.
  const [later] = await Promise.all([ask(), redis.set(key, 'new')])
  t.not(ask(), first)
  t.equal(await first, 'old')
  t.match(later, /old|new/)
  t.equal(await ask(), 'new')
})

t.test('a call has 64 questions and 1024 keys at most', async (t) => {
  const many = (count: number, keys: number) => () =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const names = Array.from({ length: keys }, (_, at) => `key${at}`)
        t.equal(await questions.ask(redis, { name: 'many', keys: names, args: [] }), keys)
      })
    )
  t.equal(await scriptsDuring(many(64, 1)), 1)
  t.equal(await scriptsDuring(many(130, 1)), 3)
  t.equal(await scriptsDuring(many(10, 100)), 1)
  t.equal(await scriptsDuring(many(11, 100)), 2)
  t.equal(await scriptsDuring(many(2, 1500)), 2, 'a larger one goes alone')
})

t.test('all questions of a turn fail at once while Redis is unreachable', async (t) => {
  const lone = await build(t, {}, { like: app })
  lone.redis.disconnect()
  const asked = [read('one', lone.redis), read('two', lone.redis)]
  const results = await Promise.allSettled([...asked, read('three')])
  t.same(
    results.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled'],
    'those to another Redis do not'
  )
})
