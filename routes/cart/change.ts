import type { FastifyInstance } from 'fastify'
import {
  CartLimitExceeded,
  CheckoutInProgress,
  detailed,
  InsufficientStock,
  ProductNotFound
} from '../../plugins/kernel/errors/problems.ts'
import { cartState, type CartChange } from '../../plugins/shop/cart/change.ts'
import { mostLines, mostUnits } from '../../plugins/shop/cart/limits.ts'
import { totalOf } from '../../plugins/shop/cart/total.ts'
import type { Wanted } from './wanted.ts'

type Shop = Pick<FastifyInstance, 'carts' | 'findProducts' | 'reservation'>

type WantedChange = Pick<CartChange, 'mode' | 'once'> & { lines: Wanted[] }

/**
 * Puts products into a cart, all or none.
 * @returns whether an earlier request has done so with the same key
 * @throws ProductNotFound, InsufficientStock, CartLimitExceeded, IdempotencyKeyReused
 */
export async function changeCart(
  fastify: Shop,
  session: string,
  { mode, lines: wanted, once }: WantedChange
): Promise<boolean> {
  const lines = await sellable(fastify, wanted)
  let checked: string | undefined
  for (let tries = 0; tries < mostTries; tries++) {
    const answer = await fastify.carts.change(session, { mode, lines, once, checked })
    switch (answer.outcome) {
      case 'unchecked':
        checked = await checkTotal(fastify, session, { mode, lines })
        continue
      case 'short': {
        const items = answer.lines.map(({ at, wanted: requested }) => {
          const { product_id, available } = lines[at]!
          return { product_id, requested, available }
        })
        throw detailed(new InsufficientStock(), { members: { items } })
      }
      case 'too_many_lines':
        throw new CartLimitExceeded(`A cart holds ${mostLines} products at most.`)
      case 'too_many_units': {
        const detail = `A cart holds ${mostUnits} units of a product at most.`
        const errors = named(
          answer.lines.map(({ at }) => wanted[at]!),
          detail
        )
        throw detailed(new CartLimitExceeded(detail), { members: errors })
      }
      default:
        return answer.outcome === 'repeated'
    }
  }
  throw detailed(new CheckoutInProgress(), { headers: { 'retry-after': 1 } })
}

/** How often a cart may change between the check of its total and the change. */
const mostTries = 10

/** The lines with what can be sold of them. @throws ProductNotFound, which names every product that is not for sale */
async function sellable({ findProducts, reservation }: Shop, wanted: Wanted[]) {
  const product_ids = wanted.map(({ product_id }) => product_id)
  const [products, stock] = await Promise.all([
    findProducts(product_ids),
    reservation.available(product_ids)
  ])
  const active = new Set(products.flatMap(({ id, status }) => (status === 'active' ? [id] : [])))
  const unknown = wanted.filter(({ product_id }) => !active.has(product_id))
  if (unknown[0])
    throw detailed(new ProductNotFound(unknown[0].product_id), {
      members: named(unknown, 'is not for sale')
    })
  return wanted.map(({ product_id, quantity }) => ({
    product_id,
    quantity,
    available: stock.get(product_id) ?? 0
  }))
}

/** The `errors` of a problem, for lines that the body names. */
function named(lines: Wanted[], detail: string) {
  const errors = lines.flatMap(({ pointer }) => (pointer ? [{ pointer, detail }] : []))
  return errors.length > 0 ? { errors } : {}
}

/** @returns the cart that was checked. @throws CartLimitExceeded when it would cost too much with this change */
async function checkTotal(
  { carts, findProducts }: Shop,
  session: string,
  { mode, lines }: Pick<CartChange, 'mode' | 'lines'>
): Promise<string> {
  const cart = await carts.read(session)
  const units = new Map(cart?.lines.map(({ product_id, quantity }) => [product_id, quantity]))
  for (const { product_id, quantity } of lines)
    units.set(product_id, quantity + (mode === 'add' ? (units.get(product_id) ?? 0) : 0))
  const products = await findProducts([...units.keys()])
  totalOf(products.map(({ id, price }) => ({ quantity: units.get(id)!, unit_price: price })))
  return cartState(cart)
}
