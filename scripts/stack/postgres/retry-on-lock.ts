import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError } from 'pg'

/** How long a lock is waited for, and how often: between two tries everybody else gets on. */
export type LockRetries = { lock_ms: number; tries: number }

export const lockRetries: LockRetries = { lock_ms: 1_000, tries: 20 }

const pause_ms = 500

/** Does it again when a lock was not to be had in time, or two waited for each other; everything else is thrown at once. */
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

/** 55P03 lock timeout, 40P01 deadlock; where an error tells of another, either counts. */
function isContention(err: unknown): boolean {
  if (!(err instanceof Error)) return false
  const code = err instanceof DatabaseError ? err.code : undefined
  return code === '55P03' || code === '40P01' || isContention(err.cause)
}
