import t from 'tap'
import { meet, pairs } from './meet.ts'

// The short form for `npm test`: the pairs in which both place or end an order, two interleavings each. checkouts.test.ts and
// others.test.ts play every pair, 21 interleavings each.
await meet(
  t,
  pairs.filter((pair) => pair.every(({ buys, ends }) => buys ?? ends)),
  [1, 2]
)
