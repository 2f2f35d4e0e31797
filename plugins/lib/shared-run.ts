/**
 * Shares runs of the work among calls, and never gives a call a run that had begun before it: calls that come during a run
 * share the next one.
 */
export function sharedRun<T>(work: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  let next: Promise<T> | undefined
  return () => {
    next ??= last.then(() => {
      next = undefined
      return work()
    })
    last = next.catch(() => {})
    return next
  }
}
