import t from 'tap'
import { breaks, holds, stepsOf, type Model } from './explore.ts'

/*
 * One cached product (plugins/cache), a PATCH that makes version 2 of it, a replica that is behind, and readers that may
 * pause anywhere. No reader that asks after the PATCH was answered may be told version 1.
 */

type Reader = {
  at: 'start' | 'reading' | 'filling' | 'over'
  /** It came after the PATCH was answered. */
  late: boolean
  lease: number
  /** The least version that the source must have. */
  floor: number
  /** Redis had started a moment ago: the miss reads the primary. */
  primary: boolean
  /** The run of Redis in which it missed. */
  run: number
  version: number
}

type World = {
  primary: number
  replica: number
  patch: 'to come' | 'committed' | 'answered'
  /** What Redis has of it, and of which run; version 0: nothing. */
  value: { version: number; run: number }
  lease: number
  /** tombstone:<key>; 0: none */
  tombstone: number
  run: number
  /** cache:born. forgotten: the next miss sets it */
  born: 'long ago' | 'forgotten' | 'just now'
  snapshot: Pick<World, 'value' | 'lease' | 'tombstone'> | null
  leases: number
  flushes: number
  restores: number
  readers: Reader[]
  told: string | null
}

type Rules = {
  /** Only the reader that has the lease of the miss may fill. */
  leases: boolean
  /** A fill after a change must contain the change. */
  tombstones: boolean
  /** After Redis was emptied or restored, misses read the primary for a while. */
  remembersBirth: boolean
  /** A value carries the run of Redis it was missed in, and is a miss in another. */
  runs: boolean
  flush?: boolean
  /** Redis comes back with what it had earlier. */
  restore?: boolean
  /** Two, where there is more to explore than three could in a moment. */
  readers?: 2 | 3
  /** A replica may serve although it is behind for longer than tombstones last. */
  slowReplica?: boolean
}

const nothing = { version: 0, run: 0 }

const reader: Reader = {
  at: 'start',
  late: false,
  lease: 0,
  floor: 0,
  primary: false,
  run: 0,
  version: 0
}

/** What must be found when something is left out. */
const old = /was told version 1/

/** `npm run test:long` takes some minutes longer. */
const few = process.env.TEST_LONG ? 3 : 2

const present: Rules = { leases: true, tombstones: true, remembersBirth: true, runs: true }

t.test('the cache shows no reader the old version after the change was answered', async (t) => {
  holds(t, model(present))
})

t.test('the cache shows no reader the old version after Redis was flushed', async (t) => {
  holds(t, model({ ...present, flush: true }))
})

t.test(
  'the cache shows no reader the old version after Redis was restored to an older state',
  async (t) => {
    holds(t, model({ ...present, restore: true, readers: few }))
  }
)

t.test(
  'the cache shows no reader the old version after Redis was flushed and restored',
  async (t) => {
    holds(t, model({ ...present, flush: true, restore: true, readers: few }))
  }
)

t.test('a cache without leases would keep what was read before the change', async (t) => {
  breaks(t, model({ ...present, leases: false }), old, 7)
})

t.test('a cache without tombstones would be filled from a replica that is behind', async (t) => {
  breaks(t, model({ ...present, tombstones: false }), old, 5)
})

t.test(
  'a cache that does not know when Redis started would lose its tombstones by a flush',
  async (t) => {
    breaks(t, model({ ...present, remembersBirth: false, flush: true }), old, 6)
  }
)

t.test('a cache whose values name no run of Redis would show restored values', async (t) => {
  breaks(t, model({ ...present, runs: false, restore: true }), old, 5)
})

// Why a replica is ejected when it is 5 s behind: tombstones last a minute.
t.test(
  'a cache would show the old version if a replica served that is behind for longer than a tombstone lasts',
  async (t) => {
    breaks(t, model({ ...present, slowReplica: true }), old, 6)
  }
)

function model(rules: Rules): Model<World> {
  return {
    init: {
      primary: 1,
      replica: 1,
      patch: 'to come',
      value: { version: 1, run: 1 },
      lease: 0,
      tombstone: 0,
      run: 1,
      born: 'long ago',
      snapshot: null,
      leases: 0,
      flushes: rules.flush ? 1 : 0,
      restores: rules.restore ? 1 : 0,
      readers: Array.from({ length: rules.readers ?? 3 }, () => reader),
      told: null
    },

    steps: (state) => {
      const { steps, step } = stepsOf(state)
      const caughtUp = state.replica === state.primary
      // What lasts "a while" outlasts the replica's delay, unless that is what is tried.
      const aWhileIsOver = caughtUp || rules.slowReplica === true

      if (state.patch === 'to come')
        step('the PATCH commits', (s) => Object.assign(s, { primary: 2, patch: 'committed' }))
      if (state.patch === 'committed')
        step('the PATCH invalidates, and is answered', (s) =>
          Object.assign(s, {
            value: nothing,
            lease: 0,
            tombstone: rules.tombstones ? 2 : 0,
            patch: 'answered'
          })
        )
      if (!caughtUp) step('the replica catches up', (s) => (s.replica = s.primary))
      if (state.value.version) step('the value expires', (s) => (s.value = nothing))
      if (state.lease) step('the lease expires', (s) => (s.lease = 0))
      if (state.tombstone && aWhileIsOver) step('the tombstone expires', (s) => (s.tombstone = 0))
      if (state.born === 'just now' && aWhileIsOver)
        step('Redis is not young any more', (s) => (s.born = 'long ago'))
      if (state.flushes > 0)
        step('Redis is flushed', (s) => {
          s.flushes--
          Object.assign(s, { value: nothing, lease: 0, tombstone: 0, born: 'forgotten' })
        })
      if (state.restores > 0 && !state.snapshot)
        step('Redis saves', (s) => {
          const { value, lease, tombstone } = s
          s.snapshot = { value, lease, tombstone }
        })
      if (state.restores > 0 && state.snapshot)
        step('Redis is restored', (s) => {
          s.restores--
          // Redis' append-only file has the time of its start, and the run that it belongs to.
          Object.assign(s, s.snapshot, { run: s.run + 1, born: 'forgotten' })
        })

      state.readers.forEach((now, i) => {
        if (now.at === 'start') step(`reader ${i} asks`, (s) => ask(s, i, rules))
        if (now.at === 'reading') {
          const behind = now.primary || state.replica < now.floor
          step(`reader ${i} reads the ${behind ? 'primary' : 'replica'}`, (s) => {
            const version = behind ? s.primary : s.replica
            Object.assign(s.readers[i]!, { at: 'filling', version })
          })
        }
        if (now.at === 'filling')
          step(`reader ${i} fills in version ${now.version}`, (s) => fill(s, i, rules))
      })
      return steps
    },

    wrong: ({ told }) => told ?? undefined
  }
}

/** miss.lua, after a GET */
function ask(s: World, i: number, { remembersBirth, runs }: Rules) {
  const self = s.readers[i]!
  self.late = s.patch === 'answered'
  const { version, run } = s.value
  if (version && (run === s.run || !runs)) return tell(s, i, version)
  if (s.born === 'forgotten') s.born = remembersBirth ? 'just now' : 'long ago'
  self.lease = s.lease ? 0 : ++s.leases
  if (self.lease) s.lease = self.lease
  self.floor = s.tombstone
  self.primary = s.born === 'just now'
  self.run = s.run
  self.at = 'reading'
}

/** fill.lua, and the answer */
function fill(s: World, i: number, { leases }: Rules) {
  const { lease, run, version } = s.readers[i]!
  if (!leases || (lease && s.lease === lease)) {
    s.value = { version, run }
    s.lease = 0
  }
  tell(s, i, version)
}

function tell(s: World, i: number, version: number) {
  if (s.readers[i]!.late && version < 2) s.told = `reader ${i} was told version 1`
  // A reader that is over has no state: fewer states to visit.
  s.readers[i] = { ...reader, at: 'over' }
}
