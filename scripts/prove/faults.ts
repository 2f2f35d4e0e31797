import { connected } from '../stack/postgres/cluster.ts'
import { askRedis } from '../stack/redis.ts'
import { subscriptionsHere } from '../stack/postgres/replication.ts'
import type { Target } from './target.ts'
import { family, freeze, kill } from './processes.ts'
import { keepRedis } from './stale-redis.ts'

/** Something that goes wrong. */
export type Fault = {
  kind: string
  /** For how long, in milliseconds: at least, at most. */
  lasts_ms: readonly [number, number]
  /** It needs the nodes' connections to go by way of the proof. */
  needsPaths?: boolean
  /** Does it, to the `choice`th of those it can be done to; returns what undoes it. */
  strike(ground: Target, choice: number): Promise<Undo>
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
      await askRedis(now().redis.url, (redis) => redis.flushall())
      return nothing
    }
  },
  {
    kind: 'redis_stale',
    lasts_ms: [1000, 6000],
    /** Puts back what Redis held when this began, or for every other choice what the first of its kind kept. */
    strike: async (ground, choice) => keepRedis(ground, choice % 2 === 1)
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
      await turnSubscriptions(admin_url, 'disable')
      return () => turnSubscriptions(admin_url, 'enable')
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
      pick(paths.primary, choice).loseAnswer(committing)
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

async function turnSubscriptions(admin_url: string, how: 'enable' | 'disable'): Promise<void> {
  await connected(admin_url, async (replica) => {
    for (const name of await subscriptionsHere(replica))
      await replica.query(`alter subscription ${name} ${how}`)
  })
}
