import { parseArgs } from 'node:util'
import { whole } from '../stack/whole-number.ts'

export type Options = { seconds: number; buyers: number; orders: number }

export const usage = `npm run drill -- [options]
  --seconds 20   how long buyers go on after the backup, before the disk is lost (1 to 3600)
  --buyers 12    how many at a time (1 to 500)
  --orders 0     how many orders there are before all that (0 to 1000000)
Ends with 0 when everything held within 4 h and 24 h, 1 when something did not, 2 when it could not be tried.`

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
