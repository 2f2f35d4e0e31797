import type { Invariant } from '../prove/client.ts'

export type Outcome = {
  /** Time from the loss to the first sale after it. */
  rto_seconds: number
  /** Time from the newest moment that was restored to the loss. */
  rpo_seconds: number
  /** Orders that were answered as paid, were not cancelled, and are missing after the restore. */
  lost: string[]
  /** How many of them the provider has given back. */
  returned: number
  invariants: Invariant[]
}

/** The requirements; a restore takes minutes. */
const rto_hours = 4
const rpo_hours = 24

/** The requirements that were not met, in sentences. */
export function failuresOf(outcome: Outcome): string[] {
  const { rto_seconds, rpo_seconds, lost, returned, invariants } = outcome
  return [
    ...(hours(rto_seconds) > rto_hours ? [`it took longer than ${rto_hours} h`] : []),
    ...(hours(rpo_seconds) > rpo_hours ? [`more than ${rpo_hours} h were lost`] : []),
    ...(returned < lost.length ? [`${lost.length} orders lost, ${returned} given back`] : []),
    ...invariants.flatMap(({ name, violations, checked, witnesses, reason }) => {
      if (checked === false) return [`${name} was not checked: ${reason}`]
      return violations > 0 ? [`${name}: ${violations}, ${JSON.stringify(witnesses[0])}`] : []
    })
  ]
}

export function report(outcome: Outcome): string {
  const { rto_seconds, rpo_seconds, lost, returned, invariants } = outcome
  const failures = failuresOf(outcome)
  const held = invariants.filter(({ violations, checked }) => checked !== false && violations === 0)
  return `
Holdfast: ${failures.length === 0 ? 'restored, and everything held' : 'NOT RESTORED AS IT SHOULD BE'}

RTO         ${duration(rto_seconds)} from the loss to the first sale (required: ${rto_hours} h)
RPO         ${duration(rpo_seconds)} of changes lost (required: ${rpo_hours} h)
orders      ${lost.length} that were answered as paid and not cancelled are lost; ${returned} of them were given back
invariants  ${held.length} of ${invariants.length} hold${failures.map((one) => `\n  ✗ ${one}`).join('')}`
}

/** 00:01:12.3 */
function duration(seconds: number): string {
  const rest = (seconds % 60).toFixed(1).padStart(4, '0')
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${rest}`
}

const hours = (seconds: number) => seconds / 3600
const two = (value: number) => `${Math.floor(value)}`.padStart(2, '0')
