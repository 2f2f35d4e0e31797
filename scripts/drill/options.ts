import { parseArgs } from 'node:util'
import { whole } from '../stack/whole-number.ts'

export type Options = { seconds: number; buyers: number; orders: number }

export const usage = `npm run drill -- [options]
  --seconds 20   how long buyers buy between the backup and the loss of the disk (1 to 3600)
  --buyers 12    how many buyers at a time (1 to 500)
  --orders 0     how many orders are made before the drill (0 to 1000000)
Exit code 0: the shop was restored within 4 h, lost at most 24 h, and everything held; 1: it did not; 2: the drill could
not run.`

/** @throws an Error that names the option and what is wrong with it */
export function readOptions(args: string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '20' },
      buyers: { type: 'string', default: '12' },
      orders: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false }
    }
  })
  if (values.help) return 'help'
  return {
    seconds: whole('seconds', values.seconds, 1, 3600),
    buyers: whole('buyers', values.buyers, 1, 500),
    orders: whole('orders', values.orders, 0, 1_000_000)
  }
}
