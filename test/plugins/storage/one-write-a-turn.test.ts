import { execFile } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import t from 'tap'
import { writeOnceATurn } from '../../../plugins/storage/one-write-a-turn.ts'
import { environment } from '../../support/environment.ts'

// A Redis without other clients, so that its numbers are exact.
const { env } = await environment(t, { redis: true })
const redis = writeOnceATurn(new Redis(env.REDIS_URL!))
t.teardown(() => redis.disconnect())
await once(redis, 'ready')

t.test(
  'the commands of a turn of the event loop reach Redis in one write, in their order',
  async (t) => {
    const reads = async () =>
      Number(/total_reads_processed:(\d+)/.exec(await redis.info('stats'))![1])
    const before = await reads()
    const answers = await Promise.all([
      redis.set('turn', '1'),
      redis.incr('turn'),
      redis.eval('return redis.call("get", KEYS[1])', 1, 'turn'),
      redis.del('turn')
    ])
    t.same(answers, ['OK', 2, '2', 1])
    t.equal((await reads()) - before, 2, 'that of the four commands, and that of this question')
  }
)

t.test('what commands have read is freed without a full collection', async (t) => {
  const program = path.join(import.meta.dirname, 'reads-kept.ts')
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', program, env.REDIS_URL!],
    { env: { ...process.env, NODE_OPTIONS: '' } }
  )
  t.ok(Number(stdout) < 0.5, `${stdout.trim()} of it is kept`)
})
