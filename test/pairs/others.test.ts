import t from 'tap'
import { meet, pairs } from './meet.ts'

// The pairs without a checkout: side by side they do what they do one after the other.
await meet(
  t,
  pairs.filter((pair) => !pair.some(({ buys }) => buys))
)
