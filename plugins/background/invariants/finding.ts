import type { Invariant } from './files.ts'

export type Witness = Record<string, unknown>

export type Finding = Omit<Invariant, 'query'> & {
  violations: number
  /** The first ten rows that break it. */
  witnesses: Witness[]
  /** false: it was not checked, or not everywhere, for this reason. That is no violation. */
  checked: boolean
  reason?: string
}

/** What a check has found; `reason` says what it could not check. */
export type Look = Pick<Finding, 'violations' | 'witnesses' | 'reason'>

/** An invariant between PostgreSQL and another server, which no query can check alone. */
export type Check = Omit<Invariant, 'query'> & {
  /** Deep: checks everything; else only what is recent, or nothing. */
  look: (deep: boolean) => Promise<Look>
}

export const mostWitnesses = 10

/** Counts what breaks an invariant, and keeps the first ten. */
export function tally() {
  const look = { violations: 0, witnesses: [] as Witness[] }
  return {
    look,
    add(witness: Witness) {
      look.violations++
      if (look.witnesses.length < mostWitnesses) look.witnesses.push(witness)
    }
  }
}
