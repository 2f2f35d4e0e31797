import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Charge, Decision, Outcome, RefundRequest } from '../../port.ts'

/** How a charge is decided if it is the first decision on its payment. Without a decline code it succeeds. */
export interface Verdict {
  payment_id: string
  amount: number
  currency: string
  decline_code: string | null
}

/**
 * The simulated provider's ledger: a SQLite file that any number of processes have open at once. Every decision is one
 * statement (the SQL files beside this one say what they take and answer).
 */
export function openLedger(file: string) {
  mkdirSync(dirname(file), { recursive: true })
  // How long a statement waits while another process writes: microseconds as a rule.
  const store = new DatabaseSync(file, { timeout: 10_000 })
  // A commit survives the end of the process, but not of the machine. For a simulation that is enough.
  store.exec('pragma journal_mode = wal; pragma synchronous = normal')
  store.exec(read('schema'))

  const prepare = (name: string) => store.prepare(read(name))
  const statements = {
    charge: prepare('charge'),
    close: prepare('close'),
    refund: prepare('refund'),
    find: prepare('find'),
    list: prepare('list')
  }

  return {
    charge({ payment_id, amount, currency, decline_code: code }: Verdict): Outcome {
      const status = code ? 'declined' : 'succeeded'
      const reference = code ? null : newReference()
      const charge = { payment_id, amount, currency, status, code, reference }
      const [row] = rows<DecisionRow>(statements.charge, charge)
      if (!row) throw new Error(`payment ${payment_id} was charged with another amount`)
      return outcome(row)
    },

    close(payment_id: string): Outcome {
      const [row] = rows<DecisionRow>(statements.close, { payment_id })
      return outcome(row!)
    },

    /** The refund's reference, or undefined when the refund is refused. */
    refund({ refund_id, payment_id, amount, currency }: RefundRequest): string | undefined {
      const refund = { refund_id, payment_id, amount, currency, reference: newReference() }
      return rows<{ reference: string }>(statements.refund, refund)[0]?.reference
    },

    find(payment_id: string): Decision | undefined {
      return rows<DecisionRow>(statements.find, { payment_id }).map(decision)[0]
    },

    /** The charges after this time and id, oldest first. With an empty id: those at this time and later. */
    list(decided_at: Date, payment_id: string, limit: number): Charge[] {
      const after = { at: decided_at.getTime(), payment_id, limit }
      return rows<ChargeRow>(statements.list, after).map((row) => ({
        ...row,
        decided_at: new Date(row.decided_at)
      }))
    },

    end() {
      store.close()
    }
  }
}

type DecisionRow =
  | { payment_id: string; decided_at: number; status: 'succeeded'; reference: string }
  | { payment_id: string; decided_at: number; status: 'declined'; code: string }
  | { payment_id: string; decided_at: number; status: 'closed' }

type ChargeRow = Omit<Charge, 'decided_at'> & { decided_at: number }

function outcome(row: DecisionRow): Outcome {
  if (row.status === 'succeeded') return { status: row.status, reference: row.reference }
  if (row.status === 'declined') return { status: row.status, decline_code: row.code }
  return { status: row.status }
}

function decision(row: DecisionRow): Decision {
  return { payment_id: row.payment_id, decided_at: new Date(row.decided_at), ...outcome(row) }
}

function newReference() {
  return `sim_${randomUUID()}`
}

function read(name: string) {
  return readFileSync(join(import.meta.dirname, `${name}.sql`), 'utf8')
}

/** Runs a statement to its end, and so through its commit, before its answer is used. */
function rows<Row>(statement: StatementSync, input: Record<string, string | number | null>) {
  return statement.all(input) as Row[]
}
