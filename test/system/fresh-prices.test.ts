import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { stock } from '../support/buyer.ts'
import { adminKey, build, spawnNode, environmentOf } from '../support/build.ts'
import { holdBack } from '../support/replica.ts'

const readers = 200
const changes = 8
/** How far behind the replicas are kept. */
const lag_ms = 2000

t.setTimeout(120_000)
t.test(
  'no reader is shown an old price once the new one was answered, however late the replicas are',
  async (t) => {
    const app = await build(t, {}, { replica: 2, redis: true })
    const { replicaUrls } = environmentOf(app)
    const nodes = await Promise.all([0, 1, 2].map(() => spawnNode(t, environmentOf(app))))
    const [product_id] = await stock(app, 1)
    const path = `/api/v1/products/${product_id}`
    const listing = '/api/v1/products?sort=name'

    let over = false
    const isOver = () => over
    const lagging = replicaUrls.map((url) => keepBehind(t, url, isOver))
    /** The newest version that a change was answered with. */
    let answered = 1
    const seen = new Set<number>()
    const stale: unknown[] = []
    const from = async (url: string) => {
      const { version } = (await read(url, path)) as Product
      return version
    }
    const fromList = async (url: string) => {
      const { products } = (await read(url, listing)) as { products: Product[] }
      return products.find(({ id }) => id === product_id)!.version
    }
    const reading = Array.from({ length: readers }, async (_, n) => {
      while (!isOver()) {
        const least = answered
        const version = await (n % 3 ? from : fromList)(nodes[n % nodes.length]!.url)
        seen.add(version)
        if (version < least) stale.push({ n, version, least })
        await sleep(20)
      }
    })

    for (let n = 1; n <= changes; n++) {
      const { url } = nodes[n % nodes.length]!
      const answer = await fetch(`${url}/api/v1/admin/products/${product_id}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ price: { amount: 100 + n, currency: 'USD' } })
      })
      t.equal(answer.status, 200)
      answered = ((await answer.json()) as Product).version
      // As long as a replica lags, so that both meet readers that miss.
      await sleep(lag_ms / 4)
    }
    over = true
    await Promise.all([...reading, ...lagging])
    t.same(stale, [])
    t.ok(seen.size > changes / 2, `${seen.size} versions were seen`)
  }
)

type Product = { id: string; version: number }

async function read(url: string, path: string): Promise<unknown> {
  const answer = await fetch(`${url}${path}`)
  if (answer.status !== 200) throw new Error(`${path} answers ${answer.status}`)
  return answer.json()
}

/** What is written arrives, but up to this late: the table is only now and then open to the apply worker. */
async function keepBehind(t: Test, url: string, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const go = await holdBack(t, url, 'products')
    await sleep(lag_ms)
    await go()
    await sleep(50)
  }
}
