import t from 'tap'
import { breaks, holds, stepsOf, type Model } from './explore.ts'

/*
 * A cart in Redis, two tabs that check it out with keys of their own, and a line added meanwhile. The buyer may not
 * be charged for more than was ever put into the cart.
 */

type Lines = { x: number; y: number }
type Cart = Lines & { id: number; version: number }
type Order = Lines & {
  status: 'pending' | 'confirmed' | 'cancelled'
  cart: number
  version: number
}

type Tab = {
  at: 'reading' | 'placing' | 'paying' | 'clearing' | 'dead' | 'over'
  /** The cart as it was read. */
  cart: Cart
  order: number
}

type Shop = {
  cart: Cart
  snapshots: Cart[]
  wanted: Lines
  orders: Order[]
  tabs: Tab[]
  ids: number
  adds: number
  declines: number
  deaths: number
  restores: number
}

type Rules = {
  /** What only one live order may have: the cart's id, which changes when it is bought; or its id and version. */
  unique: 'cart' | 'version'
  decline?: boolean
  death?: boolean
  /** Redis comes back with what it had earlier. */
  restore?: boolean
  /** Something is added only after a request has died. */
  addsAfterDeath?: boolean
}

t.test('a cart is bought once by two tabs, with a line added and a payment declined', async (t) => {
  holds(t, model({ unique: 'cart', decline: true }))
})

t.test('a cart is bought once, whichever request dies before the cart is cleared', async (t) => {
  holds(t, model({ unique: 'cart', decline: true, death: true }))
})

t.test('a cart is bought once, also when Redis brings an older cart back', async (t) => {
  holds(t, model({ unique: 'cart', decline: true, death: true, restore: true }))
})

t.test(
  'a cart with a line added would be bought twice if its version were the purchase',
  async (t) => {
    breaks(t, model({ unique: 'version' }), /bought x2/, 7)
  }
)

t.test('a cart would be bought twice after a crash if its version were the purchase', async (t) => {
  breaks(t, model({ unique: 'version', death: true, addsAfterDeath: true }), /bought x2/, 8)
})

function model(rules: Rules): Model<Shop> {
  const cart: Cart = { id: 1, version: 1, x: 1, y: 0 }
  const tab: Tab = { at: 'reading', cart, order: -1 }
  return {
    init: {
      cart,
      snapshots: [cart],
      wanted: { x: 1, y: 0 },
      orders: [],
      tabs: [tab, tab],
      ids: 1,
      adds: 1,
      declines: rules.decline ? 1 : 0,
      deaths: rules.death ? 1 : 0,
      restores: rules.restore ? 1 : 0
    },

    steps: (state) => {
      const { steps, step } = stepsOf(state)
      if (state.adds > 0 && (!rules.addsAfterDeath || state.tabs.some(({ at }) => at === 'dead')))
        step('y is added', (s) => {
          s.adds--
          s.cart.y++
          s.cart.version++
          s.wanted.y++
        })
      if (state.restores > 0) {
        if (state.snapshots.length < 2) step('Redis saves', (s) => s.snapshots.push(s.cart))
        state.snapshots.forEach((_, i) =>
          step(`Redis is restored to snapshot ${i}`, (s) => {
            s.restores--
            s.cart = s.snapshots[i]!
          })
        )
      }
      state.tabs.forEach((now, i) => {
        const become = (s: Shop, change: Partial<Tab>) => Object.assign(s.tabs[i]!, change)
        if (now.at === 'reading')
          step(`tab ${i} reads the cart`, (s) =>
            become(s, { at: s.cart.x + s.cart.y > 0 ? 'placing' : 'over', cart: s.cart })
          )
        if (now.at === 'placing')
          step(`TX 1 of tab ${i}`, (s) => become(s, place(s, now.cart, rules)))
        if (now.at === 'paying') {
          step(`tab ${i} is paid`, (s) => {
            s.orders[now.order]!.status = 'confirmed'
            become(s, { at: 'clearing' })
          })
          if (state.declines > 0)
            step(`tab ${i} is declined`, (s) => {
              s.declines--
              s.orders[now.order]!.status = 'cancelled'
              become(s, { at: 'reading' })
            })
        }
        // Any later process clears the cart of a request that died.
        if (now.at === 'clearing' || now.at === 'dead')
          step(`the cart is cleared for tab ${i}`, (s) => {
            clear(s, s.orders[now.order]!, rules)
            become(s, { at: 'over' })
          })
        if (now.at === 'clearing' && state.deaths > 0)
          step(`tab ${i} dies`, (s) => {
            s.deaths--
            become(s, { at: 'dead' })
          })
      })
      return steps
    },

    wrong({ orders, wanted }) {
      const paid = orders.filter(({ status }) => status === 'confirmed')
      const x = paid.reduce((sum, order) => sum + order.x, 0)
      const y = paid.reduce((sum, order) => sum + order.y, 0)
      return x > wanted.x || y > wanted.y
        ? `bought x${x} y${y}, asked for x${wanted.x} y${wanted.y}`
        : undefined
    }
  }
}

function place(s: Shop, { id, version, x, y }: Cart, rules: Rules): Partial<Tab> {
  const live = s.orders.find(
    (order) =>
      order.status !== 'cancelled' &&
      order.cart === id &&
      (rules.unique === 'cart' || order.version === version)
  )
  if (!live) {
    s.orders.push({ status: 'pending', cart: id, version, x, y })
    return { at: 'paying', order: s.orders.length - 1 }
  }
  if (rules.unique === 'version' || live.status === 'pending') return { at: 'over' }
  // The cart was bought already: clear it and read it again.
  clear(s, live, rules)
  return { at: 'reading' }
}

/** clear.lua */
function clear(s: Shop, order: Order, { unique }: Rules) {
  const { cart } = s
  if (unique === 'cart' && cart.id !== order.cart) return
  cart.x = Math.max(0, cart.x - order.x)
  cart.y = Math.max(0, cart.y - order.y)
  cart.version++
  if (unique === 'cart') cart.id = ++s.ids
}
