import t from 'tap'
import { breaks, holds, stepsOf, type Model } from './explore.ts'

/*
 * The stock gate (plugins/reservation) in front of TX 1, for one product. Buyers want a unit each and try once. A gate that
 * refuses too much leaves stock unsold, one that forgets holds admits every request: it may do neither.
 */

type Buyer = {
  at: 'start' | 'missed' | 'read' | 'placing' | 'settling' | 'bought' | 'refused' | 'dead'
  /** What the buyer's request has read from PostgreSQL. */
  quantity: number
  version: number
  bought: boolean
}

type Shop = {
  quantity: number
  version: number
  sold: number
  /** inventory:{product}; null: nothing is known */
  gate: { quantity: number; version: number; pending: number } | null
  /** inventory_lock:{product}, a hold a buyer */
  holds: boolean[]
  buyers: Buyer[]
  expiries: number
  flushes: number
  deaths: number
}

type Rules = {
  buyers: number
  units: number
  /** What the gate compares the request with: PostgreSQL's quantity, or that less the units that checkouts hold. */
  refuses: 'quantity' | 'quantity - pending'
  /** What `pending` is when the hash is written again while gate holds live. */
  rebuilt: 'counted' | 'zero'
  /** TX 1 places any number of waiting orders at once. */
  batch?: boolean
  flush?: boolean
  death?: boolean
}

const few: Rules = { buyers: 3, units: 2, refuses: 'quantity', rebuilt: 'counted' }
const cautious: Rules = { buyers: 4, units: 3, refuses: 'quantity - pending', rebuilt: 'counted' }

t.test('the gate lets every unit be sold, one order a TX 1', async (t) => {
  holds(t, model(few))
})

t.test('the gate lets every unit be sold in batches, whatever is flushed or expires', async (t) => {
  holds(t, model({ ...few, batch: true, flush: true }))
})

t.test('gate holds of requests that died or were too slow end without harm', async (t) => {
  holds(t, model({ ...few, batch: true, flush: true, death: true }))
})

t.test('a gate that refuses units that are only held would leave a unit unsold', async (t) => {
  breaks(t, model(cautious), /stay unsold/, 9)
})

t.test(
  'a gate that refuses units that are only held would leave units unsold with batches',
  async (t) => {
    breaks(t, model({ ...cautious, batch: true }), /stay unsold/, 8)
  }
)

t.test('a gate that loses its holds with its quantity would admit every request', async (t) => {
  breaks(t, model({ ...few, rebuilt: 'zero' }), /below zero/, 7)
})

function model(rules: Rules): Model<Shop> {
  const { buyers, units } = rules
  const buyer: Buyer = { at: 'start', quantity: 0, version: 0, bought: false }
  return {
    init: {
      quantity: units,
      version: 1,
      sold: 0,
      gate: { quantity: units, version: 1, pending: 0 },
      holds: Array.from({ length: buyers }, () => false),
      buyers: Array.from({ length: buyers }, () => ({ ...buyer })),
      expiries: 1,
      flushes: rules.flush ? 1 : 0,
      deaths: rules.death ? 1 : 0
    },

    steps: (state) => {
      const { steps, step } = stepsOf(state)
      state.buyers.forEach((now, i) => {
        if (now.at === 'start') step(`buyer ${i} asks the gate`, (s) => reserve(s, i, rules))
        if (now.at === 'missed') step(`buyer ${i} reads PostgreSQL`, (s) => look(s, i, 'read'))
        if (now.at === 'read')
          step(`buyer ${i} tells the gate`, (s) => {
            install(s, s.buyers[i]!, rules)
            s.buyers[i]!.at = 'start'
          })
        if (now.at === 'settling')
          step(`buyer ${i} settles`, (s) => {
            drop(s, i)
            install(s, s.buyers[i]!, rules)
            s.buyers[i]!.at = s.buyers[i]!.bought ? 'bought' : 'refused'
          })
        if (state.deaths > 0 && (now.at === 'placing' || now.at === 'settling'))
          step(`buyer ${i} dies`, (s) => {
            s.deaths--
            s.buyers[i]!.at = 'dead'
          })
        // Gate holds of dead requests, and of slow ones.
        if (state.holds[i] && rules.death) step(`the hold of buyer ${i} expires`, (s) => drop(s, i))
      })
      for (const together of groups(state, rules.batch ?? false))
        step(`TX 1 of ${together}`, (s) => place(s, together))
      if (state.gate && state.expiries > 0)
        step('inventory:{product} expires', (s) => {
          s.expiries--
          s.gate = null
        })
      if (state.flushes > 0)
        step('Redis is flushed', (s) => {
          s.flushes--
          s.gate = null
          s.holds = s.holds.map(() => false)
        })
      return steps
    },

    wrong({ quantity, sold, gate }) {
      if (quantity < 0 || quantity + sold !== units) return 'oversold'
      return gate && gate.pending < 0 ? 'pending is below zero' : undefined
    },

    wrongAtRest({ sold, gate }) {
      if (!rules.death && sold < Math.min(units, buyers)) return `${units - sold} stay unsold`
      return gate && gate.pending !== 0 ? `pending is ${gate.pending} with no hold` : undefined
    }
  }
}

function reserve(s: Shop, i: number, { refuses }: Rules) {
  const { gate } = s
  const self = s.buyers[i]!
  if (!gate) self.at = 'missed'
  else if (gate.quantity - gate.pending >= 1) {
    gate.pending++
    s.holds[i] = true
    self.at = 'placing'
  } else {
    // After too many conflicts the request goes on without the gate: PostgreSQL decides.
    self.at = refuses === 'quantity' && gate.quantity >= 1 ? 'placing' : 'refused'
  }
}

function place(s: Shop, together: number[]) {
  let taken = 0
  for (const i of together) {
    s.buyers[i]!.bought = s.quantity >= 1
    if (s.quantity < 1) continue
    s.quantity--
    s.sold++
    taken++
  }
  if (taken > 0) s.version++
  for (const i of together) look(s, i, 'settling')
}

function look(s: Shop, i: number, at: 'read' | 'settling') {
  Object.assign(s.buyers[i]!, { at, quantity: s.quantity, version: s.version })
}

function drop(s: Shop, i: number) {
  if (s.holds[i] && s.gate) s.gate.pending--
  s.holds[i] = false
}

function install(s: Shop, { quantity, version }: Buyer, { rebuilt }: Rules) {
  const live = s.holds.filter(Boolean).length
  if (!s.gate) s.gate = { quantity, version, pending: rebuilt === 'counted' ? live : 0 }
  else if (version > s.gate.version) Object.assign(s.gate, { quantity, version })
}

/** The requests that may be in the next TX 1. */
function groups({ buyers }: Shop, batch: boolean): number[][] {
  const waiting = buyers.flatMap(({ at }, i) => (at === 'placing' ? [i] : []))
  if (!batch) return waiting.map((i) => [i])
  const none: number[][] = [[]]
  return waiting
    .reduce((all, i) => [...all, ...all.map((group) => [...group, i])], none)
    .filter((group) => group.length > 0)
}
