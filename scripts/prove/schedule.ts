import { random, seedOf } from '../seed/random.ts'
import type { Fault } from './faults.ts'

export type Appointment = {
  fault: Fault
  /** After the beginning. */
  at_ms: number
  lasts_ms: number
  choice: number
}

/** A round of all kinds at least this often, so that two minutes see each of them six times. */
const round_ms = 20_000
/** The first buyers buy in peace. */
const peace_ms = 1000

/** What goes wrong and when: the same for the same seed, kinds and length. Rounds of every kind once, in any order. */
export function schedule(faults: Fault[], seconds: number, seed: number): Appointment[] {
  const draw = random(seedOf(`faults ${seed}`))
  const rounds = Math.max(1, Math.round((seconds * 1000) / round_ms))
  const slot_ms = (seconds * 1000 - peace_ms) / (rounds * faults.length)
  return Array.from({ length: rounds }, () => shuffled(faults, draw))
    .flat()
    .map((fault, index) => {
      const [least, most] = fault.lasts_ms
      return {
        fault,
        at_ms: Math.round(peace_ms + (index + draw()) * slot_ms),
        lasts_ms: Math.round(least + draw() * (most - least)),
        choice: Math.floor(draw() * 1_000_000)
      }
    })
}

function shuffled<T>(all: T[], draw: () => number): T[] {
  return all
    .map((one) => ({ one, place: draw() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ one }) => one)
}
