import { random, seedOf } from '../seed/random.ts'
import type { Fault } from './faults.ts'

/** A fault with its time. */
export type Appointment = {
  fault: Fault
  /** In ms after the beginning. */
  at_ms: number
  lasts_ms: number
  choice: number
}

/** Every kind strikes once in a round of this length: six times in two minutes. */
const round_ms = 20_000
/** No fault strikes at the beginning, so that the first buyers succeed. */
const calm_ms = 1000

/** Which fault strikes when: the same for the same seed, kinds and length. A round has every kind once, in random order. */
export function schedule(faults: Fault[], seconds: number, seed: number): Appointment[] {
  const draw = random(seedOf(`faults ${seed}`))
  const rounds = Math.max(1, Math.round((seconds * 1000) / round_ms))
  const slot_ms = (seconds * 1000 - calm_ms) / (rounds * faults.length)
  return Array.from({ length: rounds }, () => shuffled(faults, draw))
    .flat()
    .map((fault, index) => {
      const [least, most] = fault.lasts_ms
      return {
        fault,
        at_ms: Math.round(calm_ms + (index + draw()) * slot_ms),
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
