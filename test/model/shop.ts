import { randomUUID } from 'node:crypto'

export type Token = 'tok_success' | 'tok_declined' | 'tok_timeout' | 'tok_error'
export type Told = { status: number; code?: string }

type Lines = Map<string, number>
type Cart = { id: string; lines: Lines }

export type Order = {
  buyer: number
  key: string
  token: Token
  cart: string
  lines: Lines
  status: 'pending' | 'confirmed' | 'cancelled'
  /** It was paid at some time, also if it was cancelled later. */
  paid: boolean
  /** The resolver has closed its payment, which was not charged. */
  closed: boolean
}

/** A shop as its clients see it, one request at a time: stock, carts, orders, and the answer to each request. */
export type Shop = ReturnType<typeof openShop>

export function openShop(products: string[], units: number, buyers: number) {
  /** [units that can be sold, units held] */
  const stock = new Map(products.map((id) => [id, { free: units, held: 0 }]))
  const carts = Array.from({ length: buyers }, emptyCart)
  const orders: Order[] = []

  return {
    stock,
    carts,
    orders,

    add(buyer: number, product: string, quantity: number): Told {
      const { lines } = carts[buyer]!
      const wanted = (lines.get(product) ?? 0) + quantity
      if (wanted > stock.get(product)!.free) return { status: 409, code: 'insufficient_stock' }
      lines.set(product, wanted)
      return { status: 200 }
    },

    checkout(buyer: number, token: Token, key: string): Told {
      const { id: cart, lines } = carts[buyer]!
      const live = orders.find((order) => order.cart === cart && order.status === 'pending')
      if (live) return { status: 409, code: 'checkout_in_progress' }
      if (lines.size === 0) return { status: 422, code: 'cart_empty' }
      if ([...lines].some(([product, n]) => n > stock.get(product)!.free))
        return { status: 409, code: 'insufficient_stock' }

      const order: Order = {
        buyer,
        key,
        token,
        cart,
        lines: new Map(lines),
        status: 'pending',
        paid: false,
        closed: false
      }
      orders.push(order)
      move(order, (product, n) => {
        product.free -= n
        product.held += n
      })
      // The other two tokens lose the answer.
      if (token === 'tok_success' || token === 'tok_declined') this.resolve(order)
      return this.repeat(order)
    },

    /** The same request with the same key. */
    repeat({ status, paid, closed }: Order): Told {
      if (paid) return { status: 201 }
      if (status === 'pending') return { status: 202 }
      return { status: 402, code: closed ? 'payment_failed' : 'payment_declined' }
    },

    cancel(order: Order): Told {
      if (order.status === 'cancelled') return { status: 409, code: 'order_not_cancellable' }
      const held = order.status === 'pending'
      move(order, (product, n) => {
        product.free += n
        if (held) product.held -= n
      })
      order.status = 'cancelled'
      return { status: 200 }
    },

    /** The payment resolver learns the outcome from the provider, before or after the reservation has expired. */
    resolve(order: Order) {
      if (order.status !== 'pending') return
      order.paid = order.token === 'tok_success' || order.token === 'tok_timeout'
      order.closed = order.token === 'tok_error'
      order.status = order.paid ? 'confirmed' : 'cancelled'
      move(order, (product, n) => {
        product.held -= n
        if (!order.paid) product.free += n
      })
      if (order.paid) clear(carts[order.buyer]!, order)
    },

    restock(product: string, units_more: number) {
      stock.get(product)!.free += units_more
    },

    flush() {
      carts.forEach((_, buyer) => (carts[buyer] = emptyCart()))
    }
  }

  function move({ lines }: Order, change: (of: { free: number; held: number }, n: number) => void) {
    for (const [product, n] of lines) change(stock.get(product)!, n)
  }
}

/** Takes the bought lines out of their cart, which gets a new id. */
function clear(cart: Cart, order: Order) {
  if (cart.id !== order.cart) return
  for (const [product, n] of order.lines) {
    const left = (cart.lines.get(product) ?? 0) - n
    if (left > 0) cart.lines.set(product, left)
    else cart.lines.delete(product)
  }
  cart.id = randomUUID()
}

const emptyCart = (): Cart => ({ id: randomUUID(), lines: new Map() })
