import type { Answer, End, NewOrder } from './support.ts'

type Stock = { quantity: number; reserved: number; version: number; price: number; active: boolean }

type State = {
  status: 'pending' | 'confirmed' | 'cancelled'
  payment: 'processing' | 'unknown' | 'succeeded' | 'failed' | 'refund_pending'
  hold: 'active' | 'committed' | 'released' | 'expired'
  version: number
  captured: boolean
  refunds: number
}

/** The same shop in plain TypeScript: what TX 1, TX 2 and a cancel must answer, and what must stand afterwards. */
export function twin() {
  const stock = new Map<string, Stock>()
  const placed = new Map<string, { order: NewOrder; state: State }>()
  const keys = new Set<string>()
  const liveCarts = new Map<string, string>()

  function place(batch: NewOrder[]): Answer[] {
    const raised = new Set<string>()
    const answers = batch.map((order) => decide(order, raised))
    for (const product of raised) stock.get(product)!.version++
    return answers
  }

  /** In arrival order, all lines of an order or none; what a refused order did not get is there for the next. */
  function decide(order: NewOrder, raised: Set<string>): Answer {
    if (keys.has(claim(order)) || (order.cart && liveCarts.has(order.cart))) return answer('exists')
    if (Date.now() - order.begun.getTime() > 10_000) return answer('late')
    const changed = order.lines.some(({ product, price }) => {
      const sold = stock.get(product)
      return !sold?.active || sold.price !== price
    })
    if (changed) return answer('changed')

    const short = order.lines.filter(
      ({ product, quantity }) => stock.get(product)!.quantity < quantity
    )
    if (short.length > 0) {
      const shortages = short.map(({ product, quantity }) => ({
        product_id: product,
        requested: quantity,
        available: stock.get(product)!.quantity
      }))
      return { outcome: 'refused', shortages }
    }

    for (const { product, quantity } of order.lines) {
      move(product, -quantity, quantity)
      raised.add(product)
    }
    keys.add(claim(order))
    if (order.cart) liveCarts.set(order.cart, order.id)
    const state: State = {
      status: 'pending',
      payment: 'processing',
      hold: 'active',
      version: 1,
      captured: false,
      refunds: 0
    }
    placed.set(order.id, { order, state })
    return answer('placed')
  }

  function finish(ends: End[]): string[] {
    const raised = new Set<string>()
    const answers = ends.map((end) => finishOne(end, raised))
    for (const product of raised) stock.get(product)!.version++
    return answers
  }

  function finishOne({ order: id, outcome, reason }: End, raised: Set<string>): string {
    const { order, state } = placed.get(id)!
    const open = state.payment === 'processing' || state.payment === 'unknown'
    if (state.status === 'pending' && outcome === 'succeeded') {
      for (const { product, quantity } of order.lines) move(product, 0, -quantity)
      change(state, {
        status: 'confirmed',
        payment: 'succeeded',
        hold: 'committed',
        captured: true
      })
      return 'confirmed'
    }
    if (state.status === 'pending') {
      const given_up = outcome === 'given_up'
      release(order, raised)
      const expired = given_up || reason === 'expired'
      const payment = given_up ? 'unknown' : 'failed'
      change(state, { status: 'cancelled', payment, hold: expired ? 'expired' : 'released' })
      return 'cancelled'
    }
    if (
      state.status === 'cancelled' &&
      outcome === 'succeeded' &&
      (open || state.payment === 'failed')
    ) {
      change(state, { payment: 'refund_pending', captured: true, refunds: state.refunds + 1 })
      return 'refund'
    }
    if (state.status === 'cancelled' && outcome === 'failed' && open) {
      state.payment = 'failed'
      return 'closed'
    }
    return 'kept'
  }

  function cancel(id: string): string {
    const { order, state } = placed.get(id)!
    if (state.status === 'cancelled') return 'kept'
    const raised = new Set<string>()
    if (state.status === 'pending') {
      release(order, raised)
      change(state, { status: 'cancelled', payment: 'unknown', hold: 'released' })
    } else {
      for (const { product, quantity } of order.lines) {
        move(product, quantity, 0)
        raised.add(product)
      }
      if (order.cart) liveCarts.delete(order.cart)
      change(state, { status: 'cancelled', payment: 'refund_pending', refunds: state.refunds + 1 })
    }
    for (const product of raised) stock.get(product)!.version++
    return 'cancelled'
  }

  function release(order: NewOrder, raised: Set<string>) {
    for (const { product, quantity } of order.lines) {
      move(product, quantity, -quantity)
      raised.add(product)
    }
    if (order.cart) liveCarts.delete(order.cart)
  }

  function move(product: string, quantity: number, reserved: number) {
    const sold = stock.get(product)!
    sold.quantity += quantity
    sold.reserved += reserved
  }

  return { stock, placed, place, finish, cancel }
}

function change(state: State, news: Partial<State>) {
  Object.assign(state, news, { version: state.version + 1 })
}

function claim({ session, key }: NewOrder) {
  return `${session} ${key}`
}

function answer(outcome: Answer['outcome']): Answer {
  return { outcome, shortages: null }
}
