import { copyFileSync, readdirSync, statSync, truncateSync } from 'node:fs'
import path from 'node:path'

const mostBytes = 32 * 1024 * 1024
const everyMs = 60_000

/** Keeps the logs of a folder small while their servers write on. @returns what ends it */
export function boundLogs(run: string): () => void {
  const timer = setInterval(() => rotate(run), everyMs).unref()
  return () => clearInterval(timer)
}

/**
 * A log that has grown large is copied aside, over the copy before it, and emptied. All of them are opened for appending,
 * so whoever writes goes on at the beginning; what is written between the two steps is lost.
 */
export function rotate(run: string, most = mostBytes): void {
  for (const name of readdirSync(run)) {
    if (!name.endsWith('.log')) continue
    const file = path.join(run, name)
    try {
      if (statSync(file).size <= most) continue
      copyFileSync(file, `${file}.1`)
      truncateSync(file)
    } catch {
      // Somebody else's, or no room for the copy: next time.
    }
  }
}
