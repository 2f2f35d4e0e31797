import t from 'tap'
import { meet, pairs } from './meet.ts'

// Whatever can happen side by side while nobody buys: the same as one after the other.
await meet(
  t,
  pairs.filter((pair) => !pair.some(({ buys }) => buys))
)
