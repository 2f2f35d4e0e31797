import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { faults, type Fault } from './faults.ts'
import { whole } from '../stack/whole-number.ts'

export type Options = {
  seconds: number
  seed: number
  buyers: number
  faults: Fault[]
  /** The stack.json of a running system; without it a system is started, and removed afterwards. */
  stack: string | undefined
}

export const usage = `npm run prove -- [options]
  --seconds 60   how long buyers buy and faults strike (5 to 3600)
  --seed N       decides when faults strike and what buyers buy; default: random, printed at the end
  --buyers 24    how many buyers at a time (1 to 500)
  --faults all   kinds separated by commas, all, or none: ${faults.map(({ kind }) => kind).join(', ')}
  --stack FILE   a running system's stack.json, with RATE_LIMIT_API=0 RATE_LIMIT_CHECKOUT=0
                 PENDING_ORDERS_PER_IP=0; default: a system is started for the proof
Exit code 0: everything held; 1: there was a violation; 2: the proof could not run.`

/** @throws an Error that names the option and what is wrong with it */
export function readOptions(args: string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: `${randomInt(1, 1_000_000)}` },
      buyers: { type: 'string', default: '24' },
      faults: { type: 'string', default: 'all' },
      stack: { type: 'string' },
      help: { type: 'boolean', default: false }
    }
  })
  if (values.help) return 'help'
  return {
    seconds: whole('seconds', values.seconds, 5, 3600),
    seed: whole('seed', values.seed, 0, 2 ** 31),
    buyers: whole('buyers', values.buyers, 1, 500),
    faults: kinds(values.faults),
    stack: values.stack
  }
}

function kinds(text: string): Fault[] {
  if (text === 'all') return faults
  if (text === 'none') return []
  return text.split(',').map((kind) => {
    const fault = faults.find((one) => one.kind === kind)
    if (fault) return fault
    throw new Error(
      `--faults: there is no ${kind}; the kinds are all, none, ${faults.map((one) => one.kind).join(', ')}`
    )
  })
}
