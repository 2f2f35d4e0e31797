import { CartLimitExceeded } from '../../kernel/errors/problems.ts'
import { mostTotal } from './limits.ts'

/**
 * What lines cost. Each line is exact (limits.ts), and a sum that is not exceeds the limit.
 * @throws CartLimitExceeded when that is more than an order can hold
 */
export function totalOf(lines: { quantity: number; unit_price: number }[]): number {
  const total = lines.reduce((sum, { quantity, unit_price }) => sum + quantity * unit_price, 0)
  if (total > mostTotal)
    throw new CartLimitExceeded(
      'The total is more than an order can hold: take fewer products or units.'
    )
  return total
}
