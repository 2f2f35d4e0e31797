import { buyUntilStopped } from '../prove/buyer.ts'
import { client } from '../prove/client.ts'
import { newHistory, type History } from '../prove/history.ts'
import { stockUp, work } from '../prove/staff.ts'
import { random, seedOf } from '../seed/random.ts'

export type Crowd = {
  history: History
  /** When the first checkout that was sent after that moment succeeded. */
  firstSaleAfter(moment: Date): Date | undefined
  leave(): Promise<void>
}

/** Buyers who buy whatever happens to the shop, and staff who restock, until `leave`. */
export async function crowd(url: string, admin_key: string, buyers: number): Promise<Crowd> {
  const history = newHistory(client(url))
  const began = Date.now() - history.clock()
  await stockUp(history, admin_key, 12, draws('products'))
  const leaving = new AbortController()
  const stopped = () => leaving.signal.aborted
  const people = [
    ...Array.from({ length: buyers }, (_, n) =>
      buyUntilStopped(history, draws(`buyer ${n}`), stopped)
    ),
    work(history, history.products, admin_key, draws('staff'), stopped)
  ]
  return {
    history,
    firstSaleAfter(moment) {
      const after = moment.getTime() - began
      const sale = history.operations.find(
        ({ name, status, invoked }) => name === 'checkout' && status === 201 && invoked > after
      )
      return sale && new Date(began + sale.completed)
    },
    async leave() {
      leaving.abort()
      await Promise.all(people)
    }
  }
}

const draws = (role: string) => random(seedOf(role))
