import { setTimeout as sleep } from 'node:timers/promises'

/** Thrown inside a condition: no point in asking again. */
export class GiveUp extends Error {}

/** Asks until the answer is truthy, and returns it. An error counts as "not yet"; the last one is told when time is up. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  ms = 20_000
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  let last: unknown
  for (const end = performance.now() + ms; performance.now() < end; await sleep(20)) {
    try {
      const answer = await condition()
      if (answer) return answer as Exclude<T, false | null | undefined | 0 | ''>
    } catch (err) {
      if (err instanceof GiveUp) throw err
      last = err
    }
  }
  const why = last instanceof Error ? `: ${last.message}` : ''
  throw new Error(`${what} took longer than ${ms / 1000} s${why}`)
}
