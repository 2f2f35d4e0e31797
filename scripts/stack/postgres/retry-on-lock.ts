import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError } from 'pg'

/** How long each try waits for a lock, and how many tries there are. Between two tries the waiting queries run. */
export type LockRetries = { lock_ms: number; tries: number }

export const lockRetries: LockRetries = { lock_ms: 1_000, tries: 20 }

const pause_ms = 500

/** Repeats `work` after a lock timeout or a deadlock; every other error is thrown at once. */
export async function retryOnLock<T>({ tries }: LockRetries, work: () => Promise<T>): Promise<T> {
  for (let left = tries; ; left--) {
    try {
      return await work()
    } catch (err) {
      if (left <= 1 || !isContention(err)) throw err
      await sleep(pause_ms)
    }
  }
}

/** Whether the error or one of its causes is 55P03 (lock timeout) or 40P01 (deadlock). */
function isContention(err: unknown): boolean {
  if (!(err instanceof Error)) return false
  const code = err instanceof DatabaseError ? err.code : undefined
  return code === '55P03' || code === '40P01' || isContention(err.cause)
}
