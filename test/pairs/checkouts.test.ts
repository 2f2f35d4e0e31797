import t from 'tap'
import { meet, pairs } from './meet.ts'

// A checkout, and everything that can happen beside it.
await meet(
  t,
  pairs.filter((pair) => pair.some(({ buys }) => buys))
)
