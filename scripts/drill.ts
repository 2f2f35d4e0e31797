import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { crowd } from './drill/crowd.ts'
import { destroy, lostOrders } from './drill/disaster.ts'
import { makeOrders } from './drill/orders.ts'
import { readOptions, usage, type Options } from './drill/options.ts'
import { failuresOf, report, type Outcome } from './drill/report.ts'
import { openSystem, type System } from './drill/system.ts'
import { takeStack, type Target } from './prove/target.ts'
import { client } from './prove/client.ts'
import { newHistory, type History } from './prove/history.ts'
import { invariants } from './prove/invariants.ts'
import { atRest, recovered } from './prove/quiet.ts'
import { surroundings } from './prove/managed-stack.ts'
import { connected } from './stack/postgres/cluster.ts'
import { synced } from './stack/postgres/replication.ts'
import { stackFile } from './stack/running.ts'
import { until } from './stack/supervisor/until.ts'

// A system of its own loses its primary's disk while it sells, and is brought back by the commands that an operator would
// use: npm run backup, restore, start, reconcile. How long that takes, and what is lost, is measured.
await main().catch((err: Error) => {
  console.error(`drill: ${err.message}`)
  process.exit(2)
})

async function main(): Promise<void> {
  const wanted = readOptions(process.argv.slice(2))
  if (wanted === 'help') return console.log(usage)
  const data = mkdtempSync(path.join(tmpdir(), 'holdfast-drill-'))
  const system = openSystem({ ...process.env, ...(await surroundings(data, 2)) })
  let code = 2
  try {
    const outcome = await drill(system, data, wanted)
    console.log(report(outcome))
    code = failuresOf(outcome).length === 0 ? 0 : 1
  } catch (err) {
    console.error(`drill: ${(err as Error).message}`)
  } finally {
    await system.stop()
    if (code === 0) rmSync(data, { recursive: true, force: true })
    else console.error(`data and logs are kept in ${data}`)
  }
  process.exit(code)
}

async function drill(
  system: System,
  data: string,
  { seconds, buyers, orders }: Options
): Promise<Outcome> {
  await system.start()
  const ground = takeStack(stackFile(data))
  const { url, admin_key, postgres } = ground.now()
  if (orders > 0) await makeOrders(postgres.primary.admin_url, data, orders)
  const people = await crowd(url, admin_key, buyers)
  console.log(await system.run('backup.ts'))
  await sleep(seconds * 1000)

  const destroyed = destroy(ground.now().postgres.primary)
  console.log('the primary was killed, and its data removed')
  const { shown, since } = await restore(system)
  await system.start()
  const sold = await until('the first sale', () => people.firstSaleAfter(destroyed), 120_000)
  const returned = await reconcile(system, since)
  await people.leave()
  return {
    rto_seconds: (sold.getTime() - destroyed.getTime()) / 1000,
    rpo_seconds: (destroyed.getTime() - shown.getTime()) / 1000,
    returned,
    ...(await judge(ground, people.history))
  }
}

async function restore(system: System) {
  const said = await system.run('restore.ts', '--at', 'latest', '--stop')
  console.log(said)
  return {
    shown: new Date(/^restored to (\S+)/m.exec(said)![1]!),
    since: /reconcile -- --since (\S+)/.exec(said)![1]!
  }
}

/** Until nothing is left: the provider may lose an answer. @returns how many charges nobody knew, and were given back */
async function reconcile(system: System, since: string): Promise<number> {
  let returned = 0
  for (let tries = 5; tries > 0; tries--) {
    const words = ['--since', since, '--cancel-returned']
    const { ok, said } = await system.tryRun('reconcile.ts', ...words)
    console.log(said.split('\n').at(-1))
    returned += said.match(/^unknown +refunded/gm)?.length ?? 0
    if (ok) break
  }
  return returned
}

/** When everything has come to rest. */
async function judge(ground: Target, history: History) {
  await recovered(ground)
  const { admin_key, nodes, postgres } = ground.now()
  for (const { admin_url } of postgres.replicas) await synced(admin_url)
  await atRest(ground)
  // They read everything, for longer than the door waits for a node.
  const asker = newHistory(client(nodes[0]!.url, 290_000))
  const { admin_url } = postgres.primary
  return {
    lost: await connected(admin_url, (primary) => lostOrders(primary, history)),
    invariants: await invariants(asker, admin_key)
  }
}
