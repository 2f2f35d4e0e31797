import type { Invariant } from './client.ts'
import type { History } from './history.ts'
import type { Strike } from './nemesis.ts'
import type { Options } from './options.ts'
import type { Finding } from './verdict.ts'

/** Everything that the proof report is made of; proof.json when there is a violation. */
export type Proof = {
  options: Options
  history: History
  strikes: Strike[]
  findings: Finding[]
  invariants: Invariant[]
  /** How long it took after the last fault until everything had ended. */
  rest_seconds: number
}

/** Findings that say little, because there were too few cases. */
const hardlyTried = ({ findings }: Proof) =>
  findings.filter(({ looked_at, least }) => looked_at < least)

export const violationsOf = ({ findings, invariants }: Proof) =>
  findings.reduce((sum, { violations }) => sum + violations.length, 0) +
  invariants.reduce((sum, { violations }) => sum + violations, 0)

/** The proof as text: what was done, which faults struck, and what was checked with which result. */
export function proofReport(proof: Proof): string {
  const { options, history, strikes, findings, invariants, rest_seconds } = proof
  const total = violationsOf(proof)
  const { operations } = history
  const count = (result: string) => operations.filter((one) => one.result === result).length
  return [
    '',
    `Holdfast: ${total === 0 ? heldIn(proof) : 'VIOLATED'}`,
    '',
    `seed        ${options.seed} (${options.seconds} s, ${options.buyers} buyers at a time, ${history.purchases.length} purchases)`,
    `operations  ${operations.length}: ${count('ok')} ok, ${count('failed')} refused, ${count('unknown')} unknown`,
    ...Object.entries(byName(operations)).map(
      ([name, answers]) => `  ${name.padEnd(14)}${answers}`
    ),
    `faults      ${strikes.filter(({ missed }) => !missed).length}`,
    ...faultLines(strikes),
    `at rest     ${rest_seconds.toFixed(1)} s after the last of them`,
    '',
    ...findings.map(({ sentence, looked_at, least, violations }) =>
      line(violations.length, sentence, checked(looked_at, least), looked_at < least)
    ),
    ...findings.flatMap(({ violations }) => violations.slice(0, 3).map(witness)),
    '',
    ...invariants.map(({ name, violations, checked, reason }) =>
      line(violations, name, checked === false ? `not checked: ${reason}` : '')
    ),
    ...invariants.flatMap(({ violations, witnesses }) =>
      violations ? witnesses.slice(0, 3).map(witness) : []
    ),
    '',
    `violations  ${total}`
  ].join('\n')
}

function heldIn(proof: Proof): string {
  const few = hardlyTried(proof).length
  return few === 0 ? 'everything held' : `what was tried held, and ${few} lines were hardly tried`
}

const checked = (looked_at: number, least: number) =>
  looked_at < least
    ? `hardly tried: ${looked_at} checked, of at least ${least}`
    : `${looked_at} checked`

const line = (violations: number, what: string, note: string, is_hardly_tried = false) =>
  `  ${violations ? '✗' : is_hardly_tried ? '?' : '✓'} ${`${violations}`.padStart(4)}  ${what}${note && ` (${note})`}`

const witness = (one: unknown) => `       ${JSON.stringify(one).slice(0, 2000)}`

/** The answers of every kind of request, the most frequent first. */
function byName(operations: History['operations']): Record<string, string> {
  const names = Map.groupBy(operations, ({ name }) => name)
  return Object.fromEntries(
    [...names].map(([name, all]) => {
      const answers = Map.groupBy(all, ({ status, code }) =>
        [status ?? 'none', code].filter(Boolean).join(' ')
      )
      const counted = [...answers].toSorted((a, b) => b[1].length - a[1].length)
      return [name, counted.map(([answer, { length }]) => `${length} × ${answer}`).join(', ')]
    })
  )
}

function faultLines(strikes: Strike[]): string[] {
  const kinds = [...Map.groupBy(strikes, ({ kind }) => kind)].toSorted(([a], [b]) =>
    a < b ? -1 : 1
  )
  return kinds.map(([kind, all]) => {
    const missed = all.filter((one) => one.missed)
    const why = missed.length > 0 ? `, ${missed.length} missed (${missed[0]!.missed})` : ''
    return `  ${kind.padEnd(18)}${all.length - missed.length}${why}`
  })
}
