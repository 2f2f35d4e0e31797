import { Redis } from 'ioredis'
import { writeOnceATurn } from '../../../plugins/storage/one-write-a-turn.ts'

// node --expose-gc reads-kept.ts REDIS_URL: prints which share of what commands read survives two collections of the young
// generation. A process of its own: the hooks of tap keep promises alive.
const redis = writeOnceATurn(new Redis(process.argv[2]!))
const collect = globalThis.gc!
const bytes = 20_000
const commands = 2_000
await redis.set('body', 'x'.repeat(bytes))

async function kept(): Promise<number> {
  collect()
  const before = process.memoryUsage().heapUsed
  for (let asked = 0; asked < commands; asked += 32)
    await Promise.all(Array.from({ length: 32 }, () => redis.get('body')))
  collect({ type: 'minor' })
  collect({ type: 'minor' })
  return (process.memoryUsage().heapUsed - before) / (bytes * commands)
}

const rounds: number[] = []
// Code that is not optimized yet keeps some of it too.
for (let round = 0; round < 20; round++) rounds.push(await kept())
console.log(rounds.slice(-7).toSorted((one, other) => one - other)[3])
redis.disconnect()
