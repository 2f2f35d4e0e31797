import t from 'tap'
import { meet, pairs } from './meet.ts'

// The pairs with a checkout.
await meet(
  t,
  pairs.filter((pair) => pair.some(({ buys }) => buys))
)
