import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { simulatedProvider } from '../../../../plugins/shop/payments/simulated/provider.ts'
import { providerServer } from '../../../../plugins/shop/payments/simulated/remote/server.ts'
import { choosePort } from '../../../../scripts/stack/supervisor/ports.ts'
import { root } from '../../../../scripts/stack/settings.ts'
import { build, environment, environmentOf, until } from '../../../support/build.ts'
import { buyer, stock } from '../../../support/buyer.ts'

const resolving = { RESOLVER_INTERVAL_MS: '30' }
const app = await build(t, resolving)
const { sql, env, folder } = environmentOf(app)
const elsewhere = path.join(folder, 'elsewhere')
mkdirSync(elsewhere)

const identityOf = async (home: string) => {
  const provider = simulatedProvider({ folder: path.join(home, 'provider') })
  const identity = await provider.identity()
  await provider.end()
  return identity
}

const run = (file: string, words: string[], over: Record<string, string>) =>
  new Promise<{ code: number; out: string }>((resolve) => {
    execFile(
      process.execPath,
      [path.join(root, file), ...words],
      { env: { ...process.env, ...env, ...over } },
      (err, stdout, stderr) =>
        resolve({ code: err ? Number(err.code) : 0, out: `${stdout}${stderr}` })
    )
  })

t.test('a node with another provider than the other nodes does not start', async (t) => {
  const [ours, theirs] = [await identityOf(folder), await identityOf(elsewhere)]
  t.equal((await sql.query('select provider from cluster')).rows[0].provider, ours)
  await t.rejects(build(t, { HOLDFAST_DATA: elsewhere }, { like: app }), {
    message: new RegExp(`the payment provider is ${theirs}, and this database belongs to ${ours}`)
  })
  const { code, out } = await run('server.ts', [], { HOLDFAST_DATA: elsewhere })
  t.equal(code, 1)
  t.match(out, /^holdfast: the payment provider is .+npm run provider -- --adopt\n$/, 'one line')
})

t.test('a payment names the provider that decides it', async (t) => {
  const [tea] = await stock(app, 5)
  const { body } = await buyer(app).buy([{ product_id: tea!, quantity: 1 }])
  const { rows } = await sql.query('select provider from payments where id = $1', [body.payment.id])
  t.match(rows, [{ provider: await identityOf(folder) }])
})

t.test('nodes of several machines share the provider at PROVIDER_URL', async (t) => {
  const shop = await environment(t)
  const provider = simulatedProvider({
    folder: path.join(shop.folder, 'provider'),
    lost_responses: 0.5
  })
  const server = providerServer(provider)
  t.teardown(() => server.close())
  const PROVIDER_URL = await server.listen({ host: '127.0.0.1', port: 0 })
  const machine = (name: string) =>
    build(
      t,
      { ...resolving, PROVIDER_URL, HOLDFAST_DATA: path.join(shop.folder, name) },
      { like: shop }
    )
  const nodes = [await machine('one'), await machine('two')]

  const [tea] = await stock(nodes[0]!, 200)
  for (let bought = 0; bought < 60; bought += 20)
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        buyer(nodes[n % 2]!).buy([{ product_id: tea!, quantity: 1 }])
      )
    )
  await until('every payment to end', async () => {
    await shop.sql.query('update payments set check_at = now() where check_at > now()')
    const { rows } = await shop.sql.query('select from payments where check_at is not null')
    return rows.length === 0
  })
  for (const node of nodes) {
    const broken = (await node.checkInvariants(true)).filter(({ violations }) => violations > 0)
    t.same(broken, [])
  }
})

t.test(
  'a node starts without its provider, charges nothing, and asks it who it is first',
  async (t) => {
    const shop = await environment(t)
    const port = await choosePort()
    const PROVIDER_URL = `http://127.0.0.1:${port}`
    const node = await build(t, { ...resolving, PROVIDER_URL }, { like: shop })
    const [tea] = await stock(node, 5)
    const early = buyer(node)
    t.equal((await early.buy([{ product_id: tea!, quantity: 1 }])).status, 202)

    const server = providerServer(simulatedProvider({ folder: path.join(shop.folder, 'provider') }))
    t.teardown(() => server.close())
    await server.listen({ host: '127.0.0.1', port })
    t.equal((await buyer(node).buy([{ product_id: tea!, quantity: 1 }])).status, 201)
    await until(
      'the first order to end',
      async () => (await early.orders())[0]!.status !== 'pending'
    )
  }
)

t.test(
  'a node that learns late that its provider is another one charges nothing, and ends',
  async (t) => {
    const shop = await environment(t)
    await shop.sql.query(`update cluster set provider = 'another'`)
    const port = await choosePort()
    const PROVIDER_URL = `http://127.0.0.1:${port}`
    const node = await build(t, { RESOLVER_INTERVAL_MS: '60000', PROVIDER_URL }, { like: shop })
    const closed = new Promise<void>((resolve) => void node.server.once('close', resolve))
    const [tea] = await stock(node, 5)
    const provider = simulatedProvider({ folder: path.join(shop.folder, 'provider') })
    const server = providerServer(provider)
    t.teardown(() => server.close())
    await server.listen({ host: '127.0.0.1', port })
    await node.listen({ host: '127.0.0.1', port: 0 })
    await buyer(node).buy([{ product_id: tea!, quantity: 1 }])
    await closed
    t.equal(process.exitCode, 1)
    process.exitCode = undefined
    for await (const charge of provider.list(new Date(0))) t.fail(charge.payment_id)
  }
)

t.test('npm run provider -- --adopt refuses while a payment is open or a node runs', async (t) => {
  const shop = await environment(t)
  const quiet = { RESOLVER_INTERVAL_MS: '60000' }
  const node = await build(t, quiet, { like: shop })
  const [tea] = await stock(node, 5)
  const { body } = await buyer(node).buy([{ product_id: tea!, quantity: 1 }], 'tok_error')
  const foreign = path.join(shop.folder, 'foreign')
  mkdirSync(foreign)
  const adopt = (...words: string[]) =>
    run('scripts/provider.ts', words, {
      ...shop.env,
      PRIMARY_ADMIN_URL: shop.primaryUrl,
      HOLDFAST_DATA: foreign
    })

  const here = await identityOf(foreign)
  const shown = await adopt()
  t.equal(shown.code, 0, shown.out)
  t.match(shown.out, `the payment provider of this machine is ${here}`)
  t.match((await adopt('--adopt')).out, /nodes are running \(port 0\): stop all of them first/)
  await node.close()
  const open = await adopt('--adopt')
  t.equal(open.code, 1)
  t.match(open.out, `payments are open: 1 unknown (order ${body.id} …)`)

  const again = await build(t, quiet, { like: shop })
  await shop.sql.query('update payments set check_at = now()')
  await again.checkout.resolveDue(1)
  await again.close()
  const done = await adopt('--adopt')
  t.equal(done.code, 0, done.out)
  t.match(done.out, `the database belongs to ${here} now`)
  await t.rejects(build(t, quiet, { like: shop }), /npm run provider -- --adopt/)
  const adopted = await build(t, { ...quiet, HOLDFAST_DATA: foreign }, { like: shop })
  t.same(
    (await adopted.checkInvariants(true)).filter(({ violations }) => violations > 0),
    [],
    'payments of the old provider are left out'
  )
})
