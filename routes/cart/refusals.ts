import {
  CartLimitExceeded,
  detailed,
  IdempotencyKeyReused,
  InsufficientStock,
  ProductNotFound
} from '../../plugins/kernel/errors/problems.ts'
import type { ChangeAnswer } from '../../plugins/shop/cart/change.ts'
import { mostLines, mostUnits } from '../../plugins/shop/cart/limits.ts'
import type { Wanted } from './wanted.ts'

type Refusal = Exclude<ChangeAnswer, { outcome: 'ok' | 'repeated' | 'unknown' | 'unchecked' }>

/** The problem by which a client learns why its change was not made. */
export function refusalOf(answer: Refusal, wanted: Wanted[]): Error {
  const linesOf = (places: { at: number }[]) => places.map(({ at }) => wanted[at]!)
  switch (answer.outcome) {
    case 'unsold':
      return notForSale(linesOf(answer.lines))
    case 'short': {
      const items = answer.lines.map(({ at, wanted: requested, available }) => {
        const { product_id } = wanted[at]!
        return { product_id, requested, available }
      })
      return detailed(new InsufficientStock(), { members: { items } })
    }
    case 'reused':
      return new IdempotencyKeyReused()
    case 'too_many_lines':
      return new CartLimitExceeded(`A cart holds ${mostLines} products at most.`)
    case 'too_many_units': {
      const detail = `A cart holds ${mostUnits} units of a product at most.`
      const members = named(linesOf(answer.lines), detail)
      return detailed(new CartLimitExceeded(detail), { members })
    }
  }
}

/** Names every product that is not for sale. */
export function notForSale(lines: Wanted[]): Error {
  const members = named(lines, 'is not for sale')
  return detailed(new ProductNotFound(lines[0]!.product_id), { members })
}

/** The `errors` of a problem, for lines that the body names. */
function named(lines: Wanted[], detail: string) {
  const errors = lines.flatMap(({ pointer }) => (pointer ? [{ pointer, detail }] : []))
  return errors.length > 0 ? { errors } : {}
}
