import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How long one measurement lasts, and its resolution. */
const windowMs = 500
const resolutionMs = 20

/**
 * Whether at least half of the turns of this node's event loop came more than `most_ms` late, in two windows in a row: a
 * single long pause is over by the time that it is measured. 0: never.
 */
export function watchEventLoop(most_ms: number) {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  let windows = 0
  let timer: NodeJS.Timeout | undefined
  return {
    isLate: () => windows > 1,
    start: async () => {
      delay.enable()
      timer = setInterval(() => {
        const late = most_ms > 0 && delay.percentile(50) / 1e6 - resolutionMs > most_ms
        windows = late ? windows + 1 : 0
        delay.reset()
      }, windowMs).unref()
    },
    stop: async () => {
      clearInterval(timer)
      delay.disable()
    }
  }
}
