import { rmSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { buyer, stock, unitsOf, type Answer } from '../support/buyer.ts'
import { build, spawnNode, until, environmentOf } from '../support/build.ts'
import { assertConsistent } from '../support/assert-consistent.ts'

const units = 1000

t.test(
  'three nodes sell 1,000 units to 500 buyers while Redis is wiped, and refuse no buyer before the last unit',
  { timeout: 300_000 },
  async (t) => {
    const app = await build(t, {}, { redis: true })
    const { folder, redisPid, sql } = environmentOf(app)
    // The one in this process would share its time with 500 buyers.
    const nodes = await Promise.all([0, 1, 2].map(() => spawnNode(t, environmentOf(app))))
    const [tea] = await stock(app, units)
    const sold = async () =>
      Number(
        (await sql.query(`select count(*) from orders where status = 'confirmed'`)).rows[0].count
      )

    const answers: Answer[] = []
    const shop = async (_: unknown, n: number) => {
      for (let round = 0; round < 3; round++) {
        const answer = await buyer(nodes[(n + round) % 3]!).buyPatiently([
          { product_id: tea!, quantity: 1 }
        ])
        answers.push(answer)
        if (answer.status !== 201) return
      }
    }
    const rush = Promise.all(Array.from({ length: 500 }, shop))

    await until('the first orders', async () => (await sold()) > 200, 120_000)
    // 500 buyers keep this process busy: the second that a command has may pass before its answer is read.
    await until('a wiped Redis', () => app.redis.flushall())
    await until('more orders', async () => (await sold()) > 500, 120_000)
    // Started again a moment later, with nothing on its disk.
    process.kill(redisPid()!, 'SIGKILL')
    rmSync(path.join(folder, 'redis/appendonlydir'), { recursive: true, force: true })
    await rush

    const refused = answers.filter(({ status }) => status !== 201)
    const others = refused
      .filter(({ status, body }) => status !== 409 || body.code !== 'insufficient_stock')
      .map(({ status, body }) => ({ status, body }))
    t.same(others, [], 'a buyer gets the unit, or is told that none is left')
    t.equal(answers.length - refused.length, units, 'sold')
    t.same(await unitsOf(app, tea!), [[0, 0]])
    await until(
      'the gate to be as PostgreSQL',
      async () => {
        await Promise.all(nodes.map((node) => buyer(node).buy([{ product_id: tea!, quantity: 1 }])))
        const { quantity, pending } = await app.redis.hgetall(`inventory:{${tea}}`)
        return quantity === '0' && pending === '0'
      },
      5000
    )
    await assertConsistent(t, app)
  }
)
