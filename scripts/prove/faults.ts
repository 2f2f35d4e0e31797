import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { Redis } from 'ioredis'
import { connected } from '../stack/postgres.ts'
import type { Proxy } from '../stack/proxy.ts'
import type { Ground } from './ground.ts'

/** Something that goes wrong. */
export type Fault = {
  kind: string
  /** For how long, in milliseconds: at least, at most. */
  lasts_ms: readonly [number, number]
  /** It needs the nodes' connections to go by way of the proof. */
  needsPaths?: boolean
  /** Does it, to the `choice`th of those it can be done to; returns what undoes it. */
  strike(ground: Ground, choice: number): Promise<Undo>
}

/** Safe to call again when it threw. */
export type Undo = () => void | Promise<void>

const moment = [0, 0] as const
const nothing: Undo = () => {}

/** Everything that the proof does to a system. Servers that were killed are started again by their supervisor. */
export const faults: Fault[] = [
  {
    kind: 'node_kill',
    lasts_ms: moment,
    async strike({ now }, choice) {
      kill(pick(now().nodes, choice).pid, 'SIGKILL')
      return nothing
    }
  },
  {
    kind: 'node_freeze',
    lasts_ms: [500, 6000],
    strike: async ({ now }, choice) => freeze([pick(now().nodes, choice).pid])
  },
  {
    kind: 'redis_kill',
    lasts_ms: moment,
    async strike({ now }) {
      kill(now().redis.pid, 'SIGKILL')
      return nothing
    }
  },
  {
    kind: 'redis_freeze',
    lasts_ms: [200, 3000],
    strike: async ({ now }) => freeze([now().redis.pid])
  },
  {
    kind: 'redis_flush',
    lasts_ms: moment,
    async strike({ now }) {
      await asked(now().redis.url, (redis) => redis.flushall())
      return nothing
    }
  },
  {
    kind: 'redis_stale',
    lasts_ms: [1000, 6000],
    /** Puts back what Redis held when this began, or for every other choice what the first of its kind kept. */
    async strike(ground, choice) {
      const folder = path.join(ground.data, 'redis')
      const kept = path.join(ground.data, 'redis-before')
      if (choice % 2 === 0 || !existsSync(kept)) {
        const thaw = freeze([ground.now().redis.pid])
        try {
          rmSync(kept, { recursive: true, force: true })
          cpSync(folder, kept, { recursive: true })
        } finally {
          thaw()
        }
      }
      return () => {
        kill(ground.now().redis.pid, 'SIGKILL')
        // It is started again a quarter of a second later at the earliest.
        rmSync(`${folder}-gone`, { recursive: true, force: true })
        renameSync(folder, `${folder}-gone`)
        cpSync(kept, folder, { recursive: true })
      }
    }
  },
  {
    kind: 'primary_restart',
    lasts_ms: moment,
    /** Immediate mode: what was not committed is gone, and recovery reads the log. */
    async strike({ now }) {
      kill(now().postgres.primary.pid, 'SIGQUIT')
      return nothing
    }
  },
  {
    kind: 'primary_kill',
    lasts_ms: moment,
    async strike({ now }) {
      kill(now().postgres.primary.pid, 'SIGKILL')
      return nothing
    }
  },
  {
    kind: 'primary_freeze',
    lasts_ms: [200, 3000],
    strike: async ({ now }) => freeze(family(now().postgres.primary.pid))
  },
  {
    kind: 'replica_kill',
    lasts_ms: moment,
    async strike({ now }, choice) {
      kill(pick(now().postgres.replicas, choice).pid, 'SIGQUIT')
      return nothing
    }
  },
  {
    kind: 'replica_freeze',
    lasts_ms: [500, 8000],
    strike: async ({ now }, choice) => freeze(family(pick(now().postgres.replicas, choice).pid))
  },
  {
    kind: 'subscription_off',
    lasts_ms: [500, 8000],
    async strike({ now }, choice) {
      const { admin_url } = pick(now().postgres.replicas, choice)
      await turnSubscription(admin_url, 'disable')
      return () => turnSubscription(admin_url, 'enable')
    }
  },
  {
    kind: 'path_cut',
    lasts_ms: [100, 2000],
    needsPaths: true,
    async strike({ paths }, choice) {
      const way = pick([...paths.primary, ...paths.redis], choice)
      way.close()
      return () => way.open()
    }
  },
  {
    kind: 'path_slow',
    lasts_ms: [500, 4000],
    needsPaths: true,
    async strike({ paths }, choice) {
      const way = pick([...paths.primary, ...paths.redis], choice)
      way.delay(20 + (choice % 400))
      return () => way.delay(0)
    }
  },
  {
    kind: 'answer_lost',
    lasts_ms: moment,
    needsPaths: true,
    /** The database has committed, and the node is never told. */
    async strike({ paths }, choice) {
      pick<Proxy>(paths.primary, choice).loseAnswer(committing)
      return nothing
    }
  }
]

const committing = /place_orders|finish_orders|cancel_order|change_stock/

function pick<T>(all: T[], choice: number): T {
  const one = all[choice % all.length]
  if (one === undefined) throw new Error('there is none')
  return one
}

function kill(pid: number | null | undefined, signal: NodeJS.Signals): void {
  if (!pid) throw new Error('it is not ours to kill')
  process.kill(pid, signal)
}

/** Puts processes to sleep: neither dead nor alive, the hardest to tell. */
function freeze(pids: (number | null)[]): Undo {
  for (const pid of pids) kill(pid, 'SIGSTOP')
  return () => {
    for (const pid of pids) {
      try {
        kill(pid, 'SIGCONT')
      } catch {
        // killed meanwhile
      }
    }
  }
}

/** A postmaster and its children, which are in no process group of its own. Linux tells; elsewhere only the postmaster sleeps. */
function family(pid: number | null): (number | null)[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return [pid, ...children.split(' ').filter(Boolean).map(Number)]
  } catch {
    return [pid]
  }
}

async function turnSubscription(admin_url: string, how: 'enable' | 'disable'): Promise<void> {
  await connected(admin_url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select quote_ident(subname) as name from pg_subscription
        where subdbid = (select oid from pg_database where datname = current_database())`
    )
    for (const { name } of rows) await client.query(`alter subscription ${name} ${how}`)
  })
}

async function asked(url: string, ask: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(url, {
    commandTimeout: 2000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null
  })
  redis.on('error', () => {})
  try {
    await ask(redis)
  } finally {
    redis.disconnect()
  }
}
