import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { ReplyError } from 'ioredis'
import { sql } from 'kysely'
import { statement } from '../../plugins/storage/statement.ts'

/** full: the server answers reads and refuses writes. */
type Answer = 'up' | 'full' | 'down'

export type Answers = { primary: Answer; redis: Answer; cache: Answer }

/** Shorter than the timeout of the proxy's prober, which asks. */
const patienceMs = 1500
/** How long an answer holds: any number of requests for it costs a server four questions a second. */
const keptMs = 250

type Needs = Pick<FastifyInstance, 'cacheRedis' | 'db' | 'heartbeat' | 'redis'>

/** Asks the servers of a node. Requests that come together, or within 250 ms, share one answer. */
export function openServerChecks(fastify: Needs) {
  let last: { began_at: number; answers: Promise<Answers>; is_over: boolean } | undefined

  return (): Promise<Answers> => {
    if (last && (!last.is_over || performance.now() - last.began_at < keptMs)) return last.answers
    const check = { began_at: performance.now(), answers: ask(fastify), is_over: false }
    void check.answers.finally(() => (check.is_over = true))
    last = check
    return check.answers
  }
}

async function ask({ cacheRedis, db, heartbeat, redis }: Needs): Promise<Answers> {
  const [primary, main, cache] = await Promise.all([
    inTime(primaryAnswer(db, heartbeat)),
    inTime(redisAnswer(redis)),
    cacheRedis === redis ? ('up' as const) : inTime(cacheRedis.ping().then(() => 'up' as const))
  ])
  return { primary, redis: main, cache }
}

/** A disk that is full, or a standby, shows in the heartbeat: this node writes it once a second. */
async function primaryAnswer(db: Needs['db'], heartbeat: Needs['heartbeat']): Promise<Answer> {
  const [row] = await findMode(db)
  return row!.is_read_only || heartbeat.failing() ? 'full' : 'up'
}

const findMode = statement(
  (_db: Needs['db']) => sql<{ is_read_only: boolean }>`
    select current_setting('transaction_read_only')::boolean as is_read_only`
)

/** Only a write shows whether Redis takes writes. */
const redisAnswer = (redis: Needs['redis']): Promise<Answer> =>
  redis.set('health', 1, 'PX', 60_000).then(
    () => 'up',
    (err: unknown) => {
      if (err instanceof ReplyError && refusals.test((err as Error).message)) return 'full'
      throw err
    }
  )

/** Out of memory; a disk that cannot be written; a server that has become a copy of another one. */
const refusals = /^(OOM|MISCONF|READONLY)/

/** A server that does not answer in time counts as down. */
const inTime = (answer: Promise<Answer>): Promise<Answer> =>
  Promise.race([
    answer.catch(() => 'down' as const),
    wait(patienceMs, 'down' as const, { ref: false })
  ])
