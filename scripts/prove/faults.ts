import { connected } from '../stack/postgres/cluster.ts'
import { askRedis } from '../stack/redis.ts'
import { subscriptionsHere } from '../stack/postgres/subscription.ts'
import type { Target } from './target.ts'
import { family, freeze, kill } from './processes.ts'
import { keepRedis } from './stale-redis.ts'

/** One kind of failure that the proof causes. */
export type Fault = {
  kind: string
  /** How long it lasts, in milliseconds: at least, at most. */
  lasts_ms: readonly [number, number]
  /** It needs the nodes' connections to go through fault proxies. */
  needsPaths?: boolean
  /** Causes it, at the server or path with the number `choice`. @returns a function that undoes it */
  strike(target: Target, choice: number): Promise<Undo>
}

/** Undoes a fault. It may be called again after it threw. */
export type Undo = () => void | Promise<void>

const moment = [0, 0] as const
const nothing: Undo = () => {}

/** All kinds of faults. Servers that were killed are restarted by their supervisor. */
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
    /** Restores what Redis held when the fault began, or for every other choice what an earlier fault of this kind kept. */
    strike: async (target, choice) => keepRedis(target, choice % 2 === 1)
  },
  {
    kind: 'primary_restart',
    lasts_ms: moment,
    /** Immediate shutdown: uncommitted changes are lost, and the restart recovers from the write-ahead log. */
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
      const path = pick([...paths.primary, ...paths.redis], choice)
      path.close()
      return () => path.open()
    }
  },
  {
    kind: 'path_slow',
    lasts_ms: [500, 4000],
    needsPaths: true,
    async strike({ paths }, choice) {
      const path = pick([...paths.primary, ...paths.redis], choice)
      path.delay(20 + (choice % 400))
      return () => path.delay(0)
    }
  },
  {
    kind: 'answer_lost',
    lasts_ms: moment,
    needsPaths: true,
    /** The database commits, and the node never gets the answer. */
    async strike({ paths }, choice) {
      pick(paths.primary, choice).loseAnswer(committing)
      return nothing
    }
  }
]

const committing = /place_orders|finish_orders|cancel_order|change_stock/

function pick<T>(all: T[], choice: number): T {
  const one = all[choice % all.length]
  if (one === undefined) throw new Error('there is no such server or path')
  return one
}

async function turnSubscriptions(admin_url: string, how: 'enable' | 'disable'): Promise<void> {
  await connected(admin_url, async (replica) => {
    for (const name of await subscriptionsHere(replica))
      await replica.query(`alter subscription ${name} ${how}`)
  })
}
