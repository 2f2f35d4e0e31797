import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../stack/supervisor/until.ts'
import type { Target } from './target.ts'
import type { Appointment } from './schedule.ts'

export type Strike = { kind: string; at_ms: number; lasts_ms: number; missed?: string }

export type Nemesis = {
  strikes: Strike[]
  /** What is wrong at this moment. */
  now: Map<string, number>
  /** When everything was done and undone. */
  done: Promise<unknown>
}

/** Keeps every appointment, one beside the other where they overlap, and undoes what it did. */
export function unleash(ground: Target, appointments: Appointment[]): Nemesis {
  const strikes: Strike[] = []
  const now = new Map<string, number>()
  const began = performance.now()

  const keepAppointment = async ({ fault, at_ms, lasts_ms, choice }: Appointment) => {
    await sleep(Math.max(0, began + at_ms - performance.now()))
    const { kind } = fault
    const strike: Strike = { kind, at_ms, lasts_ms }
    strikes.push(strike)
    now.set(kind, (now.get(kind) ?? 0) + 1)
    // What is to be struck may lie on the ground already.
    const missed = (err: Error) => void (strike.missed = err.message)
    const undo = await until(kind, () => fault.strike(ground, choice), 5000).catch(missed)
    if (undo) {
      await sleep(lasts_ms)
      await until(`the end of ${kind}`, async () => (await undo(), true), 60_000)
    }
    now.set(kind, now.get(kind)! - 1)
  }
  return { strikes, now, done: Promise.all(appointments.map(keepAppointment)) }
}
