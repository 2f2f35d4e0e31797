import { setTimeout as sleep } from 'node:timers/promises'

/** Thrown by a condition to end the wait: it can no longer become true. */
export class GiveUp extends Error {}

/** Calls `condition` until it returns a truthy value, and returns that. @throws after `ms`, with its last error */
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
