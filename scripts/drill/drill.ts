import { setTimeout as sleep } from 'node:timers/promises'
import { client } from '../prove/client.ts'
import { newHistory, type History } from '../prove/history.ts'
import { invariants } from '../prove/invariants.ts'
import { atRest, recovered } from '../prove/quiet.ts'
import { takeStack, type Target } from '../prove/target.ts'
import { makeOrders } from '../seed/orders.ts'
import { connected } from '../stack/postgres/cluster.ts'
import { synced } from '../stack/postgres/replication.ts'
import { stackFile } from '../stack/running.ts'
import { until } from '../stack/supervisor/until.ts'
import { crowd } from './crowd.ts'
import { destroy, givenBack, lostOrders } from './disaster.ts'
import type { Options } from './options.ts'
import type { Outcome } from './report.ts'
import type { System } from './system.ts'

/** One disaster and the recovery from it: backup, loss of the primary's disk, restore, start, reconcile, checks. */
export async function drill(
  system: System,
  data: string,
  { seconds, buyers, orders }: Options
): Promise<Outcome> {
  await system.start()
  const target = takeStack(stackFile(data))
  const { url, admin_key, postgres } = target.now()
  if (orders > 0) await makeOrders(postgres.primary.admin_url, data, orders)
  const people = await crowd(url, admin_key, buyers)
  console.log(await system.run('backup.ts'))
  await sleep(seconds * 1000)

  const destroyed = destroy(target.now().postgres.primary)
  console.log('the primary was killed, and its data removed')
  const { shown, since } = await restore(system)
  await system.start()
  const sold = await until('the first sale', () => people.firstSaleAfter(destroyed), 120_000)
  await reconcile(system, since)
  await people.leave()
  return {
    rto_seconds: (sold.getTime() - destroyed.getTime()) / 1000,
    rpo_seconds: (destroyed.getTime() - shown.getTime()) / 1000,
    ...(await judge(target, data, people.history))
  }
}

async function restore(system: System) {
  const output = await system.run('restore.ts', '--at', 'latest', '--stop')
  console.log(output)
  return {
    shown: new Date(/^restored to (\S+)/m.exec(output)![1]!),
    since: /reconcile -- --since (\S+)/.exec(output)![1]!
  }
}

/**
 * What an operator does: looks at the charges of lost orders, then gives back as many as were shown. Repeats both until no
 * difference is left: the provider may lose an answer.
 */
async function reconcile(system: System, since: string): Promise<void> {
  for (let tries = 5; tries > 0; tries--) {
    const words = ['--since', since, '--cancel-returned']
    const { said: shown } = await system.tryRun('reconcile.ts', ...words)
    console.log(shown.split('\n').at(-1))
    const count = /--give-back (\d+)$/m.exec(shown)?.[1] ?? '0'
    const { ok } = await system.tryRun('reconcile.ts', ...words, '--give-back', count)
    if (ok) return
  }
}

/** What is lost and which invariants hold, once every order and event has ended. */
async function judge(target: Target, data: string, history: History) {
  await recovered(target)
  const { admin_key, nodes, postgres } = target.now()
  for (const { admin_url } of postgres.replicas) await synced(admin_url)
  await atRest(target)
  // A deep check reads every row, which takes longer than the proxy waits: ask a node itself.
  const inspector = newHistory(client(nodes[0]!.url, 290_000))
  const { admin_url } = postgres.primary
  const lost = await connected(admin_url, (primary) => lostOrders(primary, history))
  return {
    lost,
    returned: givenBack(data, lost),
    invariants: await invariants(inspector, admin_key)
  }
}
