import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { currentLsn, lastLsn, noLsn, type Lsn } from '../../../../plugins/storage/lsn.ts'
import { build, environmentOf } from '../../../support/build.ts'
import { onReplica } from './support.ts'

// Whether the watermark is right: a row is written, and read where the watermark says that it is.

const probes = process.env.TEST_LONG ? 1000 : 300

const app = await build(t, {}, { replica: 2 })

// The replicas' commits wait for the disk, which makes the time between applied and visible as long as possible.
for (const [which, name] of [environmentOf(app).name, `${environmentOf(app).name}_2`].entries())
  await onReplica(app, `alter subscription ${name} set (synchronous_commit = on)`, which)

/** Other writes: many, but no more than the replicas can follow. */
const stop = load()
t.teardown(stop)

t.test('a row behind the watermark is always visible', async (t) => {
  const { stale, targets } = await probe(probes, () => currentLsn(app.db))
  t.equal(stale, 0)
  t.ok((targets.get('replica1') ?? 0) > probes / 10, 'the one serves')
  t.ok((targets.get('replica2') ?? 0) > probes / 10, 'and so does the other')
})

t.test('the reads of this test find missing rows when they ask for no position', async (t) => {
  const { stale } = await probe(probes, async () => noLsn)
  t.ok(stale > 0, `${stale} stale reads`)
})

t.test('the reads of this test find missing rows when the watermark runs ahead', async (t) => {
  const { stale } = await probe(probes, async () => {
    const lsn = await currentLsn(app.db)
    for (const replica of app.replicas.all) replica.watermark = lastLsn
    return lsn
  })
  t.ok(stale > 0, `${stale} stale reads`)
  // The true one again.
  for (const { probe: look } of app.replicas.all) await look()
})

t.test('a row that has arrived and is being committed is not behind the watermark', async (t) => {
  await stop()
  for (const which of [0, 1]) await onReplica(app, slowCommits, which)
  const { stale, targets } = await probe(3, () => currentLsn(app.db))
  t.equal(stale, 0)
  t.equal(targets.get('primary'), 3)
})

/** A commit that takes a while after its changes were applied. */
const slowCommits = `
  create function take_time() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.2); return null; end $$;
  create constraint trigger slow after insert on categories deferrable initially deferred
    for each row execute function take_time();
  alter table categories enable always trigger slow`

async function probe(times: number, position: () => Promise<Lsn>) {
  const targets = new Map<string, number>()
  let stale = 0
  for (let n = 0; n < times; n++) {
    const id = randomUUID()
    await app.db.insertInto('categories').values({ id, slug: id, name: 'Probe' }).execute()
    const { target, found } = await app.readAt(await position(), async (db, source) => ({
      target: source.target,
      found: await db.selectFrom('categories').select('id').where('id', '=', id).executeTakeFirst()
    }))
    targets.set(target, (targets.get(target) ?? 0) + 1)
    if (!found) stale++
  }
  return { stale, targets }
}

function load() {
  const over = new AbortController()
  const writer = async () => {
    while (!over.signal.aborted) {
      const rows = Array.from({ length: 20 }, () => {
        const id = randomUUID()
        return { id, slug: id, name: 'Load' }
      })
      await app.db.insertInto('categories').values(rows).execute()
      await pause(5)
    }
  }
  const writers = [writer(), writer()]
  return async () => {
    over.abort()
    await Promise.all(writers)
  }
}
