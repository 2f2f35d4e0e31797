import { randomUUID } from 'node:crypto'
import t from 'tap'
import { adminKey, build, spawnNode, until, environmentOf } from '../support/build.ts'
import { buyer, stock, type Answer, type Item } from '../support/buyer.ts'
import type { Node } from '../support/node.ts'
import { freeze, trustSessions } from '../plugins/storage/replicas/support.ts'
import { isLong } from './flows.ts'

const buyers = 8
/** How long a replica hears nothing, at least; and what is bought meanwhile. */
const least_ms = isLong ? 60_000 : 0
const purchases = 40
const most_ms = 30_000

t.setTimeout(least_ms + 120_000)
t.test('no buyer misses an order or a cart while a replica receives nothing', async (t) => {
  const app = await build(t, {}, { replica: 2, redis: true })
  const nodes = await Promise.all([0, 1, 2].map(() => spawnNode(t, environmentOf(app))))
  await trustSessions(app)
  const products = await stock(app, 1_000_000, 1_000_000)
  await reach(nodes, ['healthy', 'healthy'])

  let over = false
  const isOver = () => over
  let bought = 0
  const shopping = Array.from({ length: buyers }, async (_, n) => {
    while (!isOver()) {
      const items = [{ product_id: products[n % products.length]!, quantity: 1 }]
      await (n % 2 ? buyAndLook : fillAndLook)(nodes, bought++, items)
    }
  })
  const shopped = Promise.all(shopping).finally(() => (over = true))
  shopped.catch(() => {})
  const more = async (wanted: number) => {
    const goal = bought + wanted
    const isDone = () => bought >= goal
    await Promise.race([until(`${wanted} purchases`, isDone, most_ms), shopped])
  }

  await more(buyers)
  const thaw = await freeze(t, app)
  const began = performance.now()
  await reach(nodes, ['ejected', 'healthy'], 5_000)
  do await more(purchases)
  while (performance.now() - began < least_ms)
  t.same(await states(nodes[0]!), ['ejected', 'healthy'], 'it stays out')

  await thaw()
  await reach(nodes, ['healthy', 'healthy'])
  await more(purchases)
  over = true
  await shopped
  t.ok(bought > 2 * purchases, `${bought} purchases`)
})

/** An order by its items; every node shows it at once. @throws what is missing */
async function buyAndLook(nodes: Node[], n: number, items: Item[]) {
  const { at, here } = newBuyer(nodes, n)
  const { body: order } = expect(201, await here.buy(items))
  for (const node of nodes) {
    const { body } = expect(200, await at(node).order(order.id))
    if (body.status !== 'confirmed') throw new Error(`it is ${body.status}`)
    const own = (await at(node).orders()).map(({ id }) => id)
    if (own[0] !== order.id) throw new Error(`${order.id} is not the newest in the list`)
  }
  await look(nodes[n % nodes.length]!, `/products/${items[0]!.product_id}`)
}

/** A cart that is bought; every node shows what is in it, and then that it is empty. @throws what is missing */
async function fillAndLook(nodes: Node[], n: number, [item]: Item[]) {
  const { at, here } = newBuyer(nodes, n)
  expect(200, await here.add(item!.product_id, item!.quantity))
  for (const node of nodes) if ((await lines(at(node))) !== 1) throw new Error('the cart is lost')
  const { body: order } = expect(
    201,
    await here.checkout({ payment: { token: 'tok_success' } }, randomUUID())
  )
  for (const node of nodes) {
    if ((await lines(at(node))) !== 0) throw new Error('the cart is not bought')
    expect(200, await at(node).order(order.id))
  }
  await look(nodes[n % nodes.length]!, '/products?sort=name')
}

/** A new buyer, who writes at one node and reads at all of them. */
function newBuyer(nodes: Node[], n: number) {
  const here = buyer(nodes[n % nodes.length]!)
  return { here, at: here.at }
}

const lines = async (who: ReturnType<typeof buyer>) =>
  expect(200, await who.cart()).body.items.length

function expect(status: number, answer: Answer): Answer {
  if (answer.status === status) return answer
  throw new Error(`${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`)
}

async function look(node: Node, path: string) {
  const { status } = await fetch(`${node.url}/api/v1${path}`)
  if (status !== 200) throw new Error(`${path} answers ${status}`)
}

async function states({ url }: Node): Promise<string[]> {
  const headers = { authorization: `Bearer ${adminKey}` }
  const answer = await fetch(`${url}/api/v1/admin/replication`, { headers })
  const { replicas } = (await answer.json()) as { replicas: { state: string }[] }
  return replicas.map(({ state }) => state)
}

/** Every node sees the replicas so. */
const reach = (nodes: Node[], wanted: string[], ms = 10_000) =>
  until(
    `the replicas to be ${wanted.join(' and ')}`,
    async () => {
      const seen = await Promise.all(nodes.map(states))
      return seen.every((one) => one.join() === wanted.join())
    },
    ms
  )
