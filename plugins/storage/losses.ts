/**
 * Remembers whether a Redis has lately lost something for want of memory. Every answer that says "this key does not exist"
 * brings the counts that Redis had at that moment, or is followed by them before it is believed: no loss falls between two looks.
 */
export function openLosses(kept_ms: number) {
  let known: string | undefined
  let until = 0
  return {
    /** `counts` as Redis shows them. Other counts than the last ones: something was lost since, or Redis was restarted. */
    note(counts: string) {
      // The first look at a Redis that has lost nothing since its start says that there is nothing to remember.
      const is_whole = known === undefined && /^[0:]*$/.test(counts)
      if (counts !== known && !is_whole) until = performance.now() + kept_ms
      known = counts
    },
    lately: () => performance.now() < until
  }
}
