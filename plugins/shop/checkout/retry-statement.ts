import { setTimeout as wait } from 'node:timers/promises'
import { isOutage } from '../../kernel/errors/outage.ts'

/**
 * Runs a statement up to three times: again when it was a victim (deadlock, serialization, lock timeout) or when its
 * answer was lost. The same ids make that safe. Reading the row instead would prove nothing: the first may still commit.
 * @param isRepeated whether an error may be gone at the next try
 */
export async function retryStatement<T>(
  statement: () => Promise<T>,
  isRepeated = isPassing
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await statement()
    } catch (err) {
      if (attempt === 3 || !isRepeated(err)) throw err
      await wait(50 * attempt * Math.random())
    }
  }
}

/**
 * The same for a statement of many orders. When it has waited too long for a lock it is not run again: the lock concerns few
 * of the orders, and all of them would wait once more.
 */
export const retryBatch = <T>(statement: () => Promise<T>): Promise<T> =>
  retryStatement(statement, (err) => isPassing(err) && !isLockTimeout(err))

/** Whether an error of a batch is that of each order in it, because the primary cannot be used. */
export const concernsAll = (err: unknown) => isOutage(err) && !isLockTimeout(err)

function isPassing(err: unknown): boolean {
  return isVictim(err) || isOutage(err)
}

const isVictim = (err: unknown) =>
  isLockTimeout(err) || hasCode(err, '40P01') || hasCode(err, '40001')

const isLockTimeout = (err: unknown) => hasCode(err, '55P03')

const hasCode = (err: unknown, code: string) =>
  err instanceof Error && 'code' in err && err.code === code
