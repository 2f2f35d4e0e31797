import {
  closeSync,
  copyFileSync,
  ftruncateSync,
  fstatSync,
  openSync,
  readSync,
  readdirSync,
  renameSync,
  statSync,
  writeSync
} from 'node:fs'
import path from 'node:path'

const limit_bytes = 32 * 1024 * 1024
const interval_ms = 10_000

/** Copies of a log that are kept, the newest as `<name>.1`. */
const kept = 5

/** Keeps the logs of a folder small while their servers run. @returns a function that stops it */
export function boundLogs(run: string): () => void {
  const timer = setInterval(() => rotate(run), interval_ms).unref()
  return () => clearInterval(timer)
}

/**
 * Copies a large log to `<name>.1`, moves the earlier copies to the next numbers, and empties the log. Servers append to their
 * logs, so they continue at the beginning.
 */
export function rotate(run: string, limit = limit_bytes): void {
  for (const name of readdirSync(run)) {
    if (!name.endsWith('.log')) continue
    const file = path.join(run, name)
    try {
      if (statSync(file).size <= limit) continue
      const draft = `${file}.draft`
      copyFileSync(file, draft)
      for (let n = kept - 1; n >= 1; n--) move(`${file}.${n}`, `${file}.${n + 1}`)
      moveRest(file, draft)
      renameSync(draft, `${file}.1`)
    } catch {
      // Another user's file, or no room for the copy: try again in 10 s.
    }
  }
}

/** Appends to the copy what was written meanwhile, and empties the log. Lines between its last two steps are lost. */
function moveRest(file: string, copy: string): void {
  const from = openSync(file, 'r+')
  const to = openSync(copy, 'a')
  try {
    const copied = fstatSync(to).size
    const rest = Buffer.alloc(Math.max(0, fstatSync(from).size - copied))
    const bytes = readSync(from, rest, 0, rest.length, copied)
    ftruncateSync(from)
    writeSync(to, rest, 0, bytes)
  } finally {
    closeSync(from)
    closeSync(to)
  }
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch {
    // There are fewer copies yet.
  }
}
