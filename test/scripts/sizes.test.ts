import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { readSettings, root } from '../../scripts/stack/settings.ts'
import { machineMemory, sizesFor } from '../../scripts/stack/sizes.ts'

const settingsOf = (lines: string[]) => Object.fromEntries(lines.map((line) => line.split(/[= ]/)))

const sizes = (gigabytes: number, nodes = 3) => {
  const { primary, replica, redis } = sizesFor({ memory_mb: gigabytes * 1024, nodes })
  return { primary: settingsOf(primary), replica: settingsOf(replica), redis: settingsOf(redis) }
}

t.test('the servers of a machine share its memory, whatever its size', async (t) => {
  for (const [gigabytes, primary, replica, redis, log, work] of [
    [1, '128MB', '64MB', '128mb', '1024MB', '4MB'],
    [4, '512MB', '256MB', '512mb', '1024MB', '4MB'],
    [16, '2048MB', '1024MB', '2048mb', '2048MB', '16MB'],
    [64, '8192MB', '4096MB', '4096mb', '2048MB', '32MB'],
    [512, '8192MB', '4096MB', '4096mb', '2048MB', '32MB']
  ] as const) {
    const all = sizes(gigabytes)
    t.match(
      all,
      {
        primary: { shared_buffers: primary, work_mem: work, max_wal_size: log },
        replica: { shared_buffers: replica, work_mem: work, max_wal_size: log },
        redis: { maxmemory: redis }
      },
      `${gigabytes} GB`
    )
    const buffers = [all.primary, all.replica, all.replica].map(({ shared_buffers }) =>
      Number.parseInt(shared_buffers!, 10)
    )
    const total = buffers.reduce((sum, mb) => sum + mb, 0)
    t.ok(total <= (gigabytes * 1024) / 4, `the buffers are ${total} MB of ${gigabytes} GB`)
  }
})

t.test('a cluster takes the connections of all nodes', async (t) => {
  t.equal(sizes(16, 3).primary.max_connections, '200')
  t.ok(Number(sizes(16, 32).primary.max_connections) > 32 * 21)
  t.ok(Number(sizes(16, 32).replica.max_connections) > 32 * 11)
})

t.test(
  'an operator says how much memory counts, else the machine or its container does',
  async (t) => {
    t.equal(readSettings({ HOLDFAST_MEMORY_MB: '4096' }).memory_mb, 4096)
    t.throws(
      () => readSettings({ HOLDFAST_MEMORY_MB: '4g' }),
      /HOLDFAST_MEMORY_MB is a whole number/
    )
    t.equal(readSettings({}).memory_mb, machineMemory())
    t.ok(machineMemory() > 0 && machineMemory() <= totalmem() / 2 ** 20)
  }
)

t.test('no setting of PostgreSQL gives up a commit for speed', async (t) => {
  for (const role of ['primary', 'replica'] as const) {
    const file = readFileSync(path.join(root, `infra/postgres/${role}.conf`), 'utf8')
    const all = [file, ...sizesFor({ memory_mb: 4096, nodes: 3 })[role]].join('\n')
    t.notMatch(all, /^(fsync|synchronous_commit|full_page_writes)\b/m, role)
  }
})
