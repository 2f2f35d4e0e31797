import { parseArgs } from 'node:util'

/** The moment to go back to (undefined: the end of the log), and the timeline where that is not the newest. */
export type Options = {
  at: Date | undefined
  timeline: string | undefined
  /** Also a backup that this shop did not sign. */
  unsigned: boolean
  /** The restored database becomes another shop, such as a staging system. */
  copy: boolean
}

/** @throws an Error that names the option and what is wrong with it */
export function readOptions(): Options & { stop: boolean } {
  const { values } = parseArgs({
    options: {
      at: { type: 'string' },
      timeline: { type: 'string' },
      unsigned: { type: 'boolean', default: false },
      copy: { type: 'boolean', default: false },
      stop: { type: 'boolean', default: false }
    }
  })
  const { at = '', timeline, unsigned, copy, stop } = values
  const time = new Date(at)
  if (at !== 'latest' && Number.isNaN(time.getTime()))
    throw new Error('--at is a time, as 2026-01-31T12:00:00Z, or latest')
  if (timeline !== undefined && !/^[1-9]\d{0,8}$/.test(timeline))
    throw new Error(`--timeline is a whole number, not ${timeline}`)
  return { at: at === 'latest' ? undefined : time, timeline, unsigned, copy, stop }
}
