import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openLedger } from '../../plugins/shop/payments/simulated/ledger/index.ts'

/** A charge that the simulated provider is made to know without having been asked for it. */
export type Charge = {
  payment_id: string
  amount: number
  currency: string
  reference: string
  at: Date
}

/** Opens the ledger of the simulated provider of a data folder for work that goes past it. */
export function withLedger<T>(data: string, work: (ledger: DatabaseSync) => T): T {
  const file = path.join(data, 'provider', 'ledger.sqlite')
  const ledger = new DatabaseSync(file, { timeout: 10_000 })
  try {
    return work(ledger)
  } finally {
    ledger.close()
  }
}

/** Makes the ledger of a system that has not been started yet. */
export function createLedger(data: string): void {
  openLedger(path.join(data, 'provider', 'ledger.sqlite')).end()
}

/** Enters charges, each of which succeeded. */
export const enterCharges = (data: string, charges: Charge[]): void =>
  withLedger(data, (ledger) => {
    const decide = ledger.prepare(
      `insert into decisions (payment_id, status, reference, amount, currency, decided_at)
       values (?, 'succeeded', ?, ?, ?, ?)`
    )
    ledger.exec('begin immediate')
    for (const { payment_id, reference, amount, currency, at } of charges)
      decide.run(payment_id, reference, amount, currency, at.getTime())
    ledger.exec('commit')
  })
