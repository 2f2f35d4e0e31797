import { parseArgs } from 'node:util'
import { whole } from '../stack/whole-number.ts'

export type Options = {
  rounds: number
  seconds: number
  products: number
  orders: number
  /** attached: both replicas run here, as in production. elsewhere: the log is decoded and sent, and nothing here applies it. */
  replicas: 'attached' | 'elsewhere'
  /** Parts of the names of what is measured; empty: everything. */
  only: string[]
  json: string | undefined
  svg: string | undefined
}

export const usage = `npm run bench -- [options]
  --rounds 5           how often each limit and each subject is measured (1 to 50); the medians of the ratios count
  --seconds 3          how long each time (1 to 60)
  --products 1000      size of the catalog (100 to 1000000)
  --orders 10000       orders that the shop has at the beginning (0 to 10000000)
  --replicas attached  attached: two replicas on this machine; elsewhere: their work is not done here
  --only WORDS         measures only what has one of these words in its name, separated by commas
  --json FILE          writes everything that was measured
  --svg FILE           draws the ratios
Exit code 0: measured; 1: an answer or an invariant was wrong; 2: it could not run.`

/** @throws an Error that names the option and what is wrong with it */
export function readOptions(args: string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      products: { type: 'string', default: '1000' },
      orders: { type: 'string', default: '10000' },
      replicas: { type: 'string', default: 'attached' },
      only: { type: 'string', default: '' },
      json: { type: 'string' },
      svg: { type: 'string' },
      help: { type: 'boolean', default: false }
    }
  })
  if (values.help) return 'help'
  return {
    rounds: whole('rounds', values.rounds, 1, 50),
    seconds: whole('seconds', values.seconds, 1, 60),
    products: whole('products', values.products, 100, 1_000_000),
    orders: whole('orders', values.orders, 0, 10_000_000),
    replicas: replicasOf(values.replicas),
    only: values.only.split(',').filter(Boolean),
    json: values.json,
    svg: values.svg
  }
}

function replicasOf(text: string): Options['replicas'] {
  if (text === 'attached' || text === 'elsewhere') return text
  throw new Error(`--replicas is attached or elsewhere, not ${text}`)
}
