import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../stack/supervisor/until.ts'
import type { Target } from './target.ts'
import type { Appointment } from './schedule.ts'

/** A fault that was struck; `missed` says why it could not be. */
export type Strike = { kind: string; at_ms: number; lasts_ms: number; missed?: string }

/** What strikes the target with faults while buyers buy (the word for it in Jepsen's tests). */
export type Nemesis = {
  strikes: Strike[]
  /** How many faults of each kind are active at this moment. */
  now: Map<string, number>
  /** Resolves when every fault was struck and undone. */
  done: Promise<unknown>
}

/** Strikes every fault at its time and undoes it afterwards; faults may overlap. */
export function unleash(target: Target, appointments: Appointment[]): Nemesis {
  const strikes: Strike[] = []
  const now = new Map<string, number>()
  const began = performance.now()

  const keepAppointment = async ({ fault, at_ms, lasts_ms, choice }: Appointment) => {
    await sleep(Math.max(0, began + at_ms - performance.now()))
    const { kind } = fault
    const strike: Strike = { kind, at_ms, lasts_ms }
    strikes.push(strike)
    now.set(kind, (now.get(kind) ?? 0) + 1)
    // Another fault may have stopped the server that this one is to strike.
    const missed = (err: Error) => void (strike.missed = err.message)
    const undo = await until(kind, () => fault.strike(target, choice), 5000).catch(missed)
    if (undo) {
      await sleep(lasts_ms)
      await until(`the end of ${kind}`, async () => (await undo(), true), 60_000)
    }
    now.set(kind, now.get(kind)! - 1)
  }
  return { strikes, now, done: Promise.all(appointments.map(keepAppointment)) }
}
