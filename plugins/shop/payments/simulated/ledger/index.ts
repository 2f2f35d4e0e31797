import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Charge, Decision, Origin, Outcome, RefundOutcome, RefundRequest } from '../../port.ts'

/** How a charge is decided if it is the first decision on its payment. Without a decline code it succeeds. */
export interface Verdict {
  payment_id: string
  amount: number
  currency: string
  shop: string
  epoch: string
  metadata: Record<string, string>
  decline_code: string | null
  /** What becomes of its refunds; null: they are made at once. */
  refunding: 'slow' | 'failing' | null
}

/**
 * The simulated provider's ledger: a SQLite file that any number of processes have open at once. Every decision is one
 * statement (the SQL files beside this one say what they take and answer).
 */
export function openLedger(file: string) {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  // How long a statement waits while another process writes: microseconds as a rule.
  const store = new DatabaseSync(file, { timeout: 10_000 })
  // A commit survives the end of the process, but not of the machine. For a simulation that is enough.
  store.exec('pragma journal_mode = wal; pragma synchronous = normal')
  prepareSchema(store)

  const prepare = (name: string) => store.prepare(read(name))
  const statements = {
    charge: prepare('charge'),
    close: prepare('close'),
    refund: prepare('refund'),
    find: prepare('find'),
    list: prepare('list')
  }
  const { identity } = store.prepare('select identity from account').get() as { identity: string }

  return {
    identity,

    charge({ decline_code: code, metadata, ...verdict }: Verdict): Outcome {
      const status = code ? 'declined' : 'succeeded'
      const reference = code ? null : newReference()
      const charge = { ...verdict, status, code, reference, metadata: JSON.stringify(metadata) }
      const [row] = rows<DecisionRow>(statements.charge, charge)
      if (!row) throw new Error(`payment ${verdict.payment_id} was charged with another amount`)
      return outcome(row)
    },

    close(payment_id: string): Outcome {
      const [row] = rows<DecisionRow>(statements.close, { payment_id })
      return outcome(row!)
    },

    refund({ refund_id, payment_id, amount, currency }: RefundRequest): RefundOutcome {
      const refund = { refund_id, payment_id, amount, currency, reference: newReference() }
      const [row] = rows<RefundRow>(statements.refund, refund)
      if (!row) return { status: 'refused' }
      const { reference, failure_code, ended } = row
      if (!ended) return { status: 'pending', reference }
      return failure_code === null
        ? { status: 'succeeded', reference }
        : { status: 'failed', reference, failure_code }
    },

    find(payment_id: string): Decision | undefined {
      return rows<DecisionRow & Origin>(statements.find, { payment_id }).map(decision)[0]
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

type RefundRow = { reference: string; failure_code: string | null; ended: number }

/** Makes the tables of a new ledger, and the columns that an older one lacks. Several processes may open it at once. */
function prepareSchema(store: DatabaseSync) {
  store.exec('begin immediate')
  store.exec(read('schema'))
  const { user_version } = store.prepare('pragma user_version').get() as { user_version: number }
  if (user_version === 0) {
    store.exec(read('columns'))
    store.exec('pragma user_version = 1')
  }
  store.prepare('insert or ignore into account (identity) values (?)').run(`sim_${randomUUID()}`)
  store.exec('commit')
}

function outcome(row: DecisionRow): Outcome {
  if (row.status === 'succeeded') return { status: row.status, reference: row.reference }
  if (row.status === 'declined') return { status: row.status, decline_code: row.code }
  return { status: row.status }
}

function decision(row: DecisionRow & Origin): Decision {
  const { payment_id, shop, epoch } = row
  return { payment_id, shop, epoch, decided_at: new Date(row.decided_at), ...outcome(row) }
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
