import { copyFileSync, readdirSync, statSync, truncateSync } from 'node:fs'
import path from 'node:path'

const limit_bytes = 32 * 1024 * 1024
const interval_ms = 60_000

/** Keeps the logs of a folder small while their servers run. @returns a function that stops it */
export function boundLogs(run: string): () => void {
  const timer = setInterval(() => rotate(run), interval_ms).unref()
  return () => clearInterval(timer)
}

/**
 * Copies a large log to `<name>.1`, replacing the previous copy, and empties it. Servers append to their logs, so they
 * continue at the beginning. Lines that are written between the two steps are lost.
 */
export function rotate(run: string, limit = limit_bytes): void {
  for (const name of readdirSync(run)) {
    if (!name.endsWith('.log')) continue
    const file = path.join(run, name)
    try {
      if (statSync(file).size <= limit) continue
      copyFileSync(file, `${file}.1`)
      truncateSync(file)
    } catch {
      // Another user's file, or no room for the copy: try again in a minute.
    }
  }
}
